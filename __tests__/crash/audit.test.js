// The audit can fail: of a history that is right it says nothing, and it names what is wrong with each that is not.
const { audit } = require('./audit')

const by = 'a.0'
const doc = (/** @type {string} */ id, /** @type {number} */ seq, /** @type {string} */ op) => ({
  id,
  block: 'a',
  seq,
  by: op === '' ? '' : by,
  op,
  label: null,
  touched: 0,
})
const tally = (/** @type {bigint} */ w0, /** @type {number} */ n) => ({
  ...{ id: 't0', w0, w1: 0n, w2: 0n, w3: 0n },
  ...{ n, touched: 0 },
})

/** What a writer noted: one write of each kind, the last of them without an answer. */
function logs() {
  const writes = [
    { kind: 'add', tally: 't0', digit: 0 },
    { kind: 'put', doc: 'w0-d' },
    { kind: 'nest', parts: 2 },
    { kind: 'pair', docs: ['a-l', 'a-r'] },
    { kind: 'put', doc: 'w0-d' },
    { kind: 'taken', tally: 't0', digit: 1 },
    { kind: 'both', tally: 't0', digit: 2, parts: 1 },
    { kind: 'add', tally: 't0', digit: 3 },
  ]
  const lines = writes.flatMap((write, at) => {
    const [n, op] = [at + 1, `w0.${at + 1}`]
    const got = write.kind === 'pair' ? { got: { seq: 1 } } : {}
    const intent = { t: 'intent', op, n, by, ...write }
    return n === writes.length ? [intent] : [intent, { t: 'ack', op, ...got }]
  })
  return { w0: lines }
}

/** What main went through: changes by transaction. */
function history() {
  const was = tally(0n, 0)
  const transactions = [
    [{ model: 'Tally', old: was, new: tally(1n, 1) }],
    [{ model: 'Doc', old: doc('w0-d', 0, ''), new: doc('w0-d', 2, 'w0.2') }],
    [
      { model: 'Mark', new: { id: 'w0.3', block: 'a', by, parts: 2 } },
      { model: 'Entry', new: { id: 'w0.3-0', markId: 'w0.3' } },
      { model: 'Entry', new: { id: 'w0.3-1', markId: 'w0.3' } },
    ],
    [
      { model: 'Doc', old: doc('a-r', 0, ''), new: doc('a-r', 1, 'w0.4') },
      { model: 'Doc', old: doc('a-l', 0, ''), new: doc('a-l', 1, 'w0.4') },
    ],
    [{ model: 'Doc', old: doc('w0-d', 2, 'w0.2'), new: doc('w0-d', 5, 'w0.5') }],
    [
      { model: 'Mark', new: { id: 'w0.7', block: 'a', by, parts: 1 } },
      { model: 'Entry', new: { id: 'w0.7-0', markId: 'w0.7' } },
      { model: 'Tally', old: tally(1n, 1), new: tally(17n, 2) },
    ],
  ]
  return transactions.flatMap((changes, xid) =>
    changes.map((/** @type {any} */ change) => ({
      ...{ at: 0, xid: String(xid), who: 'applier', old: null },
      ...{ kind: change.old ? 'UPDATE' : 'INSERT' },
      ...change,
    })),
  )
}

function evidence() {
  const tables = {
    Tally: [tally(17n, 2)],
    Doc: [doc('a-l', 1, 'w0.4'), doc('a-r', 1, 'w0.4'), doc('w0-d', 5, 'w0.5'), doc('w0-s0', 0, '')],
    Flip: [],
    Ticket: [],
    Mark: [
      { id: 'w0.3', block: 'a', by, parts: 2 },
      { id: 'w0.7', block: 'a', by, parts: 1 },
    ],
    Entry: [{ id: 'w0.3-0' }, { id: 'w0.3-1' }, { id: 'w0.7-0' }],
  }
  const rejected = [
    {
      origin: 'o',
      seq: 6,
      code: '23505',
      error: 'duplicate key',
      changes: '[{"id":"w0.6"},{"id":"w0.6-1"}]',
    },
  ]
  const copy = () => structuredClone(tables)
  return /** @type {any} */ ({
    plan: {
      ...{ seed: 1, queue: 'local', durability: 'full', everyChange: false, blocks: ['a'] },
      ...{ homes: { w0: 'a' }, direct: false, file: 'none', flushed: true },
    },
    logs: logs(),
    main: { tables, history: history(), rejected },
    files: [
      {
        ...{
          folder: 'data',
          block: 'a',
          before: copy(),
          mainBefore: copy(),
          after: copy(),
          mainAfter: copy(),
        },
        ...{ rejected: [{ origin: 'o', seq: 6, error: {} }], pending: 0, stuck: null },
      },
    ],
    direct: {},
    troubles: [],
  })
}

/** @param {(evidence: any) => void} spoil @returns {string[]} what was found, each once */
function found(spoil) {
  const given = evidence()
  spoil(given)
  return [...new Set(audit(given).findings.map(({ what, text }) => `${what}: ${text}`))]
}

/** @param {any} given @param {bigint} sum @param {number} n */
function counts(given, sum, n) {
  Object.assign(given.main.tables.Tally[0], { w0: sum, n })
}

test('nothing is found in what is right', () => {
  expect(found(() => {})).toEqual([])
})

test('a write without an answer may have happened', () => {
  expect(found((given) => counts(given, 17n + 64n, 3))).toEqual([])
})

test.each([
  ['a lost increment', /^lost: w0\.1 \(add/, (/** @type {any} */ given) => counts(given, 16n, 1)],
  [
    'a doubled increment',
    /^doubled: w0\.1 \(add.* arrived 2 times/,
    (/** @type {any} */ given) => counts(given, 18n, 3),
  ],
  [
    'an increment that nobody made',
    /^undone: an increment that nobody made: t0 w0 9/,
    (/** @type {any} */ given) => counts(given, 17n + 4n ** 9n, 3),
  ],
  [
    'a lost last write',
    /^lost: w0\.5 \(put/,
    (/** @type {any} */ given) => Object.assign(given.main.tables.Doc[2], { seq: 2, op: 'w0.2' }),
  ],
  [
    'a lost row',
    /^lost: w0\.3 \(nest/,
    (/** @type {any} */ given) => {
      given.main.history = given.main.history.filter((/** @type {any} */ one) => one.xid !== '2')
    },
  ],
  [
    'a row made twice',
    /^doubled: w0\.3 \(nest.* arrived 2 times/,
    (/** @type {any} */ given) => given.main.history.push({ ...given.main.history[2], xid: '9' }),
  ],
  [
    'a torn nested write',
    /^torn: w0\.3 .* entry 1 came in another transaction/,
    (/** @type {any} */ given) => {
      given.main.history[4].xid = '9'
    },
  ],
  [
    'a transaction without its increment',
    /^torn: w0\.7 \(both.* arrived in part/,
    (/** @type {any} */ given) => counts(given, 1n, 1),
  ],
  [
    'a torn pair',
    /^torn: transaction 3 left a-l,a-r apart/,
    (/** @type {any} */ given) => given.main.history.splice(6, 1),
  ],
  [
    'a reordered write',
    /^reordered: Doc w0-d, file a\.0: 2 after 5/,
    (/** @type {any} */ given) => {
      const { history: changes } = given.main
      const [first, second] = [changes[1], changes[7]]
      changes[1] = second
      changes[7] = first
    },
  ],
  [
    'a refused write that is in no list',
    /^untold: w0\.6 \(taken/,
    (/** @type {any} */ given) => {
      given.main.rejected = []
    },
  ],
  [
    'a refusal that the block was not told of',
    /^untold: w0\.6 .*not in the block's list/,
    (/** @type {any} */ given) => {
      given.files[0].rejected = []
    },
  ],
  [
    'a refusal for no reason',
    /^refused: w0\.3 \(nest/,
    (/** @type {any} */ given) => {
      given.main.history = given.main.history.filter((/** @type {any} */ one) => one.xid !== '2')
      given.main.rejected.push({
        origin: 'o',
        seq: 3,
        code: '23505',
        error: 'no',
        changes: '[{"id":"w0.3"}]',
      })
    },
  ],
  [
    'a write that failed, and is there',
    /^undone: w0\.1 \(add.* failed/,
    (/** @type {any} */ given) => {
      given.logs.w0[1] = { t: 'fail', op: 'w0.1', code: 'P2034', message: 'no' }
    },
  ],
  [
    'a row of somebody else that was overwritten',
    /^overwritten: tally t0: 4 direct writes, 0 are left/,
    (/** @type {any} */ given) => {
      given.direct['tally t0'] = { done: 4, unknown: 0 }
    },
  ],
  [
    'a block that differs from main',
    /^differs: block a in data, sent, Doc w0-d/,
    (/** @type {any} */ given) => {
      given.files[0].before.Doc[2].seq = 4
    },
  ],
  [
    'commits that never leave',
    /^stuck: block a in data: 3 commits/,
    (/** @type {any} */ given) => {
      given.files[0].pending = 3
    },
  ],
  [
    'a process that fails',
    /^trouble: w1 ended/,
    (/** @type {any} */ given) => given.troubles.push('w1 ended with 1'),
  ],
])('%s is named', (_, expected, spoil) => {
  expect(found(spoil)).toEqual(expect.arrayContaining([expect.stringMatching(expected)]))
})

test('with coalesce none, a change that main never saw', () => {
  const spoil = (/** @type {any} */ given) => {
    given.plan.everyChange = true
    given.main.history.splice(1, 1)
  }
  expect(found(spoil)).toEqual([expect.stringMatching(/^lost: w0\.2 .*never was at it/)])
})

test('what an older copy did not have may be lost, and only that', () => {
  const restored = (/** @type {string} */ phase) => (/** @type {any} */ given) => {
    Object.assign(given.plan, { file: 'restore', flushed: false })
    for (const entry of given.logs.w0) if (entry.op === 'w0.1' && entry.by) entry.by = phase
    counts(given, 16n, 1)
  }
  expect(found(restored('a.1'))).toEqual([])
  expect(found(restored('a.0'))).toEqual([expect.stringMatching(/^lost: w0\.1/)])
})
