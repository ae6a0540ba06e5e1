// Where Redis is: the option `connection`, else REDIS_URL, else REDIS_HOST with REDIS_PORT and REDIS_PASSWORD. What is shown of it
// in an error is never a password.

const { InvalidOptionError, mismatch, show } = require('../errors')

const DEFAULT_PORT = 6379
const EXPECTED =
  "a Redis URL ('redis://user:password@host:6379/0', 'rediss://…' for TLS), {host, port, username, password, db, tls, secret}, or false"

/**
 * @typedef {{ca?: string, cert?: string, key?: string, rejectUnauthorized: boolean}} Tls
 * @typedef {object} Address as src/sync/redis/address.rs reads it
 * @property {string} host
 * @property {number} port
 * @property {string} [username]
 * @property {string} [password]
 * @property {number} db
 * @property {Tls} [tls]
 * @property {string} [secret]
 *
 * @typedef {{expected: string, accepts: (value: any) => boolean, hidden?: boolean}} Part
 */

/** @param {any} value */
const isText = (value) => typeof value === 'string' && value !== '' && !value.includes('\0')
/** @param {any} value */
const isPem = (value) =>
  (isText(value) || value instanceof Uint8Array) && /-----BEGIN /.test(String(text(value)))
/** @param {string | Uint8Array} value */
const text = (value) => (typeof value === 'string' ? value : Buffer.from(value).toString('latin1'))
/** @param {any} value */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)

/** @type {Record<string, Part>} */
const PARTS = {
  host: { expected: 'the name or address of a host', accepts: isText },
  port: {
    expected: 'a whole number from 1 to 65535',
    accepts: (value) => Number.isInteger(value) && value >= 1 && value <= 65_535,
  },
  username: { expected: 'a non-empty string', accepts: isText },
  password: { expected: 'a non-empty string', accepts: isText, hidden: true },
  db: { expected: 'a whole number from 0', accepts: (value) => Number.isInteger(value) && value >= 0 },
  tls: {
    expected: 'a boolean or {ca, cert, key, rejectUnauthorized}',
    accepts: (value) => typeof value === 'boolean' || isObject(value),
  },
  secret: { expected: 'a non-empty string', accepts: isText, hidden: true },
}

const PEM = { expected: 'a certificate or key in PEM', accepts: isPem, hidden: true }
/** @type {Record<string, Part>} */
const TLS_PARTS = {
  ca: PEM,
  cert: PEM,
  key: PEM,
  rejectUnauthorized: { expected: 'a boolean', accepts: (value) => typeof value === 'boolean' },
}

/** @param {Record<string, any>} given @param {Record<string, Part>} parts @param {string} prefix */
function checkParts(given, parts, prefix) {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(parts, name)) {
      const known = Object.keys(parts).join(', ')
      throw new InvalidOptionError(`unknown option ${prefix}${name}. Known: ${known}`)
    }
    const { expected, accepts, hidden } = parts[name]
    if (value === undefined || accepts(value)) continue
    if (hidden)
      throw new InvalidOptionError(`${prefix}${name}: expected ${expected}, given one that is not shown`)
    throw new InvalidOptionError(mismatch(prefix + name, expected, value))
  }
}

/** @param {boolean | Record<string, any> | undefined} given @returns {Tls | undefined} */
function tlsOf(given) {
  if (given === undefined || given === false) return undefined
  if (given === true) return { rejectUnauthorized: true }
  checkParts(given, TLS_PARTS, 'connection.tls.')
  if ((given.cert === undefined) !== (given.key === undefined))
    throw new InvalidOptionError('connection.tls: expected cert and key together, given one of them')
  const pem = (/** @type {any} */ value) => (value === undefined ? undefined : text(value))
  const { ca, cert, key, rejectUnauthorized = true } = given
  return { ca: pem(ca), cert: pem(cert), key: pem(key), rejectUnauthorized }
}

/** @param {Record<string, any>} given @returns {Address} */
function ofParts(given) {
  checkParts(given, PARTS, 'connection.')
  if (given.host === undefined)
    throw new InvalidOptionError(
      `${mismatch('connection.host', PARTS.host.expected, given.host)}: it is required`,
    )
  const { host, port = DEFAULT_PORT, username, password, db = 0, secret } = given
  return { host, port, username, password, db, tls: tlsOf(given.tls), secret }
}

/** @param {string} given @param {string} name what holds it, for messages @returns {Address} */
function ofUrl(given, name) {
  const refused = (/** @type {string} */ why) =>
    new InvalidOptionError(
      `${name}: expected a Redis URL 'redis://user:password@host:6379/0' or 'rediss://…', ${why}`,
    )
  const url = URL.canParse(given) ? new URL(given) : null
  if (url === null) throw refused('given a text that is no URL')
  const { protocol, hostname, port, username, password, pathname, search, hash } = url
  if (protocol !== 'redis:' && protocol !== 'rediss:')
    throw refused(`given one that begins with ${show(protocol)}`)
  if (hostname === '') throw refused('given one without a host')
  if (search !== '' || hash !== '')
    throw refused('given one with a query; use the form {host, …} for more options')
  if (!/^\/?\d*$/.test(pathname)) throw refused(`given one whose database is ${show(pathname.slice(1))}`)
  return ofParts({
    // Brackets around an IPv6 address are the URL's.
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? DEFAULT_PORT : Number(port),
    username: decodeURIComponent(username) || undefined,
    password: decodeURIComponent(password) || undefined,
    db: Number(pathname.slice(1) || 0),
    tls: protocol === 'rediss:',
  })
}

/** @param {Record<string, string | undefined>} env @returns {Address | null} */
function ofEnvironment(env) {
  if (env.REDIS_URL) return ofUrl(env.REDIS_URL, 'REDIS_URL')
  if (!env.REDIS_HOST) return null
  const port = env.REDIS_PORT ? Number(env.REDIS_PORT) : DEFAULT_PORT
  if (!PARTS.port.accepts(port))
    throw new InvalidOptionError(mismatch('REDIS_PORT', PARTS.port.expected, env.REDIS_PORT))
  return ofParts({ host: env.REDIS_HOST, port, password: env.REDIS_PASSWORD || undefined })
}

/**
 * @param {unknown} given the option
 * @param {Record<string, string | undefined>} [env]
 * @returns {Address | null} null where no Redis is named: the local queue
 */
function connectionOf(given, env = process.env) {
  if (given === false) return null
  if (given === undefined) return ofEnvironment(env)
  if (isText(given)) return ofUrl(/** @type {string} */ (given), 'connection')
  if (isObject(given)) return ofParts(/** @type {Record<string, any>} */ (given))
  throw new InvalidOptionError(mismatch('connection', EXPECTED, given))
}

/** For people: without what is secret. @param {Address} address */
const nameOf = ({ host, port, db, tls }) => `${tls ? 'rediss' : 'redis'}://${host}:${port}/${db}`

module.exports = { EXPECTED, connectionOf, nameOf }
