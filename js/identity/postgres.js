// Which PostgreSQL database a client talks to, where there is no ledger to say so: its cluster's own id and the database's. A
// database that was dropped and made again is another one.

/** A server may keep the first from its users; then its address stands in. */
const PLACE = `SELECT CASE WHEN has_function_privilege('pg_control_system()', 'execute')
    THEN (SELECT system_identifier::text FROM pg_control_system())
    ELSE coalesce(host(inet_server_addr()), 'local') || ':' || coalesce(inet_server_port()::text, '')
  END AS server,
  (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS database`

/**
 * @param {any} raw the main client under every extension
 * @returns {Promise<import('./index').MainIdentity>}
 */
async function readIdentity(raw) {
  const [{ server, database }] = await raw.$queryRawUnsafe(PLACE)
  return { identity: `postgresql:${server}/${database}` }
}

module.exports = { readIdentity }
