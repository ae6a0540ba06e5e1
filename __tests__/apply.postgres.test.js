// From the outbox into a real PostgreSQL.
const { classify } = require('../js/apply/classify')
const { aroundMain, appliesAsAnywhere } = require('./support/apply')

const around = aroundMain('postgresql')

appliesAsAnywhere(around, 'postgresql')

test.each([
  ['40001', 'transient'],
  ['40P01', 'transient'],
  ['53300', 'transient'],
  ['57P01', 'transient'],
  ['55P03', 'transient'],
  ['22001', 'refusal'],
  ['23503', 'refusal'],
  ['23514', 'refusal'],
  ['P0001', 'refusal'],
  ['42501', 'blocked'],
  ['25006', 'blocked'],
  ['53100', 'blocked'],
  ['XX000', 'blocked'],
])('SQLSTATE %s raised by the server is %s', async (state, verdict) => {
  const raise = `DO $$ BEGIN RAISE EXCEPTION 'no way' USING ERRCODE = '${state}'; END $$`
  const error = await around.main.client
    .$executeRawUnsafe(raise)
    .catch((/** @type {unknown} */ thrown) => thrown)
  expect(classify(error)).toBe(verdict)
})

test('a transaction that outlives its time and an unknown failure', async () => {
  const slow = around.main.client.$transaction(
    async (/** @type {any} */ tx) => {
      await tx.$queryRawUnsafe('SELECT pg_sleep(0.3)::text')
      await tx.$queryRawUnsafe('SELECT 1')
    },
    { timeout: 100 },
  )
  expect(classify(await slow.catch((/** @type {unknown} */ thrown) => thrown))).toBe('transient')
  expect(classify(new TypeError('what is this'))).toBe('blocked')
})
