// Which MySQL or MariaDB database a client talks to: the server's own id and the database's name.

/** What names a server: MySQL's uuid, MariaDB's uid, else the host and the folder of its data. */
const SERVER =
  "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('server_uuid', 'server_uid', 'hostname', 'port', 'datadir')"
const DATABASE = 'SELECT DATABASE() AS name'

/**
 * @param {any} raw the main client under every extension
 * @returns {Promise<import('./index').MainIdentity>}
 */
async function readIdentity(raw) {
  /** @type {{Variable_name: string, Value: string}[]} */
  const variables = await raw.$queryRawUnsafe(SERVER)
  const [database] = await raw.$queryRawUnsafe(DATABASE)
  const of = Object.fromEntries(variables.map((row) => [row.Variable_name.toLowerCase(), row.Value]))
  const server = of.server_uuid || of.server_uid || `${of.hostname}:${of.port}:${of.datadir}`
  return { identity: `mysql:${server}/${database.name}` }
}

module.exports = { readIdentity }
