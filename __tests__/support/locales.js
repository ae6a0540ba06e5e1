// A PostgreSQL that knows a locale of libc's which the tests' own does not: few containers have any. The locale is made in a folder of
// that server alone, which needs no rights.
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { startPrivatePostgres } = require('./private-postgres')

const MISSING = `the tests need the locale %s of libc's. Any of these will do:
  - give it to the PostgreSQL that they talk to (Debian: localedef --no-archive -i en_US -f UTF-8 en_US.UTF-8),
  - install what it is made of (Debian: apt-get install locales), and PostgreSQL's binaries.`

/** One server each, for as long as the process lives. @type {Map<string, Promise<string>>} */
const servers = new Map()

/** @param {string} locale such as `en_US.utf8` @param {string} folder */
function makeLocale(locale, folder) {
  const [language] = locale.split('.')
  try {
    // libc looks for it under its name in small letters, `utf8`.
    execFileSync('localedef', ['--no-archive', '-i', language, '-f', 'UTF-8', path.join(folder, locale)], {
      stdio: 'pipe',
    })
  } catch (cause) {
    throw new Error(MISSING.replace('%s', locale), { cause })
  }
}

/** @param {string} locale */
async function startServer(locale) {
  const { url } = await startPrivatePostgres((folder) => {
    makeLocale(locale, folder)
    return { LOCPATH: folder }
  })
  return url
}

/** @param {string} locale @returns {Promise<string>} its administration URL; its watchdog ends it with this process */
function serverWith(locale) {
  const known = servers.get(locale) ?? startServer(locale)
  servers.set(locale, known)
  return known
}

module.exports = { serverWith }
