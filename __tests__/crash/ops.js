// The writes of the trials, a kind each: what is chosen from the seed, and the call. Every kind is told apart in main afterwards.
const { DIGITS, FLIPS, SEATS, TAKEN, TALLIES, ownId } = require('./world')

/**
 * @typedef {object} State what a writer knows of its own writes
 * @property {string} name
 * @property {string} block
 * @property {string} by which file, and in which phase
 * @property {Map<string, number>} digits used, per Tally
 * @property {string[]} entries that are there for certain
 * @property {string[]} marks that are there for certain
 *
 * @typedef {{kind: string} & Record<string, any>} Choice
 * @typedef {{op: string, n: number} & Choice} Op
 * @typedef {object} Kind
 * @property {number} weight
 * @property {(state: State, rng: import('../parity/rng').Rng) => Record<string, any> | null} choose null: not now
 * @property {(db: any, op: Op, state: State) => PromiseLike<any>} call
 * @property {string} [refused] the code of main's refusal
 */

/** A digit that no other write has. @param {State} state @param {import('../parity/rng').Rng} rng */
function digit(state, rng) {
  const tally = rng.pick(TALLIES)
  const used = state.digits.get(tally) ?? 0
  if (used >= DIGITS) return null
  state.digits.set(tally, used + 1)
  return { tally, digit: used }
}

/** @param {any} db @param {Op} op @param {State} state */
const count = (db, op, state) =>
  db.tally.update({
    where: { id: op.tally },
    data: { [state.name]: { increment: 4n ** BigInt(op.digit) }, n: { increment: 1 } },
  })

/** @param {any} db @param {Op} op @param {State} state @param {any[]} entries */
const mark = (db, { op }, { block, by }, entries) =>
  db.mark.create({ data: { id: op, block, by, parts: entries.length, entries: { create: entries } } })

/** @param {any[]} list @param {import('../parity/rng').Rng} rng */
const takeOut = (list, rng) => (list.length === 0 ? null : list.splice(rng.int(0, list.length - 1), 1)[0])

/** A transaction that main refuses for one of its rows. @param {string} refused @param {(op: Op) => any} entry @returns {Kind} */
const refusal = (refused, entry) => ({
  weight: 2,
  refused,
  choose: digit,
  call: (db, op, state) =>
    db.$transaction([count(db, op, state), mark(db, op, state, [{ id: `${op.op}-0` }, entry(op)])]),
})

/** @type {Record<string, Kind>} */
const KINDS = {
  add: { weight: 26, choose: digit, call: count },
  put: {
    weight: 16,
    choose: (state) => ({ doc: ownId(state.name, 'd') }),
    call: (db, { op, n, doc }, { by }) => db.doc.update({ where: { id: doc }, data: { seq: n, by, op } }),
  },
  pair: {
    weight: 10,
    choose: (state) => ({ docs: ['l', 'r'].map((side) => `${state.block}-${side}`) }),
    call: (db, { op, docs: [left, right] }, { by }) =>
      db.$transaction(async (/** @type {any} */ tx) => {
        // The first write takes the lock: from here on nobody else writes.
        const { seq } = await tx.doc.update({ where: { id: left }, data: { label: null } })
        const data = { seq: seq + 1, by, op }
        await tx.doc.update({ where: { id: right }, data })
        await tx.doc.update({ where: { id: left }, data })
        return { seq: seq + 1 }
      }),
  },
  nest: {
    weight: 12,
    choose: (_, rng) => ({ parts: rng.int(0, 4) }),
    call: (db, op, state) =>
      mark(
        db,
        op,
        state,
        Array.from({ length: op.parts }, (_, at) => ({ id: `${op.op}-${at}`, code: `code ${op.op} ${at}` })),
      ),
  },
  both: {
    weight: 8,
    choose: (state, rng) => {
      const place = digit(state, rng)
      return place && { ...place, parts: rng.int(1, 3) }
    },
    call: (db, op, state) =>
      db.$transaction([
        mark(
          db,
          op,
          state,
          Array.from({ length: op.parts }, (_, at) => ({ id: `${op.op}-${at}` })),
        ),
        count(db, op, state),
      ]),
  },
  drop: {
    weight: 5,
    choose: ({ entries }, rng) => {
      const entry = takeOut(entries, rng)
      return entry && { entry }
    },
    call: (db, { entry }) => db.entry.deleteMany({ where: { id: entry } }),
  },
  'drop mark': {
    weight: 3,
    choose: ({ marks, entries }, rng) => {
      const dropped = takeOut(marks, rng)
      if (dropped === null) return null
      entries.splice(0, entries.length, ...entries.filter((id) => !id.startsWith(`${dropped}-`)))
      return { mark: dropped }
    },
    call: (db, op) => db.mark.deleteMany({ where: { id: op.mark } }),
  },
  move: {
    weight: 6,
    choose: (state) => ({ docs: SEATS.map((seat) => ownId(state.name, seat)) }),
    call: (db, { op, n, docs: [first, ...rest] }, { by }) =>
      db.$transaction(async (/** @type {any} */ tx) => {
        const data = { seq: n, by, op }
        await tx.doc.update({ where: { id: first }, data: { op } })
        const seats = await tx.doc.findMany({
          where: { id: { in: [first, ...rest] } },
          orderBy: { id: 'asc' },
        })
        const labels = seats.map((/** @type {any} */ seat) => seat.label)
        await tx.doc.update({ where: { id: first }, data: { ...data, label: null } })
        for (const [at, id] of rest.entries())
          await tx.doc.update({ where: { id }, data: { ...data, label: labels[at] } })
        await tx.doc.update({ where: { id: first }, data: { label: labels[labels.length - 1] } })
      }),
  },
  flip: {
    weight: 6,
    choose: (state, rng) => ({ flip: ownId(state.name, rng.pick(FLIPS)), away: rng.chance(35) }),
    call: (db, { op, n, flip, away }, { by, block }) => {
      const gone = db.flip.deleteMany({ where: { id: flip } })
      if (away) return gone
      return db.$transaction([gone, db.flip.create({ data: { id: flip, block, seq: n, by, op } })])
    },
  },
  ticket: {
    weight: 5,
    choose: () => ({}),
    call: (db, { op }, { block }) => db.ticket.create({ data: { block, op }, select: { id: true } }),
  },
  taken: refusal('23505', ({ op, n }) => ({ id: `${op}-1`, code: TAKEN[n % TAKEN.length] })),
  price: refusal('23514', ({ op }) => ({ id: `${op}-1`, price: -1 })),
  trigger: refusal('P0001', ({ op }) => ({ id: `${op}-1`, code: 'forbidden' })),
}

const WEIGHTS = Object.fromEntries(Object.entries(KINDS).map(([kind, { weight }]) => [kind, weight]))

/** @param {State} state @param {import('../parity/rng').Rng} rng @returns {Choice} */
function chooseOp(state, rng) {
  for (;;) {
    const kind = rng.weighted(WEIGHTS)
    const chosen = KINDS[kind].choose(state, rng)
    if (chosen) return { kind, ...chosen }
  }
}

/** What earlier lives of this writer have left. @param {State} state @param {import('./writelog').Entry[]} log */
function recall(state, log) {
  const acknowledged = new Set(log.filter(({ t }) => t === 'ack').map(({ op }) => op))
  for (const entry of log) {
    if (entry.t !== 'intent') continue
    if (entry.digit !== undefined)
      state.digits.set(entry.tally, Math.max(state.digits.get(entry.tally) ?? 0, entry.digit + 1))
    if (acknowledged.has(entry.op)) made(state, entry)
    state.entries = state.entries.filter(
      (id) => id !== entry.entry && !(entry.mark && id.startsWith(`${entry.mark}-`)),
    )
    state.marks = state.marks.filter((id) => id !== entry.mark)
  }
}

/** @param {State} state @param {any} op */
function made(state, { kind, op, parts }) {
  if (kind !== 'nest' && kind !== 'both') return
  state.marks.push(op)
  for (let at = 0; at < parts; at++) state.entries.push(`${op}-${at}`)
}

module.exports = { KINDS, chooseOp, made, recall }
