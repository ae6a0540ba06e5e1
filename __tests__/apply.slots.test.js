// How many appliers of one client work at once (js/apply/slots.js).
const { AT_ONCE, slotOf } = require('../js/apply/slots')

/** @param {object} client @param {number} count */
const slots = (client, count) => Array.from({ length: count }, () => slotOf(client, 'outbox'))

/** Takes them in order; the list grows by each one's number when he has it. @param {ReturnType<typeof slots>} all */
function taken(all) {
  /** @type {number[]} */
  const got = []
  for (const [nth, slot] of all.entries()) slot.take().then(() => got.push(nth))
  return got
}

const upTo = (/** @type {number} */ count) => Array.from({ length: count }, (_, nth) => nth)
const turn = () => new Promise(setImmediate)

test('so many work at once, the others in the order in which they came', async () => {
  const all = slots({}, AT_ONCE + 3)
  const got = taken(all)
  await turn()
  expect(got).toEqual(upTo(AT_ONCE))
  all[5].give()
  all[5].give()
  await turn()
  expect(got).toEqual(upTo(AT_ONCE + 1))
  all[0].give()
  all[1].give()
  await turn()
  expect(got).toEqual(upTo(AT_ONCE + 3))
  for (const slot of all) slot.give()
  expect(all[0].slots.free).toBe(AT_ONCE)
})

test('each client has its own, and each kind of source', async () => {
  const [one, other] = [{}, {}]
  taken(slots(one, AT_ONCE))
  const got = taken([...slots(other, 1), slotOf(one, 'log')])
  await turn()
  expect(got).toEqual([0, 1])
})

test('who has had a place for long passes it on when others wait, and comes after them', async () => {
  const client = {}
  const all = slots(client, AT_ONCE)
  taken(all)
  await turn()
  await all[0].pass()
  const next = slotOf(client, 'outbox')
  const got = taken([next])
  let isBack = true
  const pass = () =>
    all[0].pass().then(() => {
      isBack = true
    })
  await pass()
  expect(got).toEqual([])
  await new Promise((resolve) => setTimeout(resolve, 60))
  isBack = false
  const passed = pass()
  await turn()
  expect([got, isBack]).toEqual([[0], false])
  next.give()
  await passed
  expect(all[0].has).toBe(true)
})

test('who pauses lets others work, and what failed meanwhile is his', async () => {
  const client = {}
  const all = slots(client, AT_ONCE)
  taken(all)
  await turn()
  /** @type {(value: string) => void} */
  let over = () => {}
  const pause = all[0].without(
    new Promise((resolve) => {
      over = resolve
    }),
  )
  const next = slotOf(client, 'outbox')
  await next.take()
  over('done')
  let isBack = false
  pause.finally(() => {
    isBack = true
  })
  await turn()
  expect(isBack).toBe(false)
  next.give()
  expect(await pause).toBe('done')
  await expect(all[0].without(Promise.reject(new Error('main is away')))).rejects.toThrow('main is away')
  expect(all[0].has).toBe(true)
})

test('who ends does not wait, and takes no place', async () => {
  const client = {}
  const all = slots(client, AT_ONCE + 2)
  const got = taken(all)
  await turn()
  all[AT_ONCE].end()
  await turn()
  expect(got).toContain(AT_ONCE)
  expect(all[AT_ONCE].has).toBe(false)
  all[0].give()
  await turn()
  expect(all[AT_ONCE + 1].has).toBe(true)
  await all[AT_ONCE].without(turn())
  for (const slot of all) slot.give()
  expect(all[0].slots.free).toBe(AT_ONCE)
})
