// The process of startNeighbour.
const { setTimeout: sleep } = require('node:timers/promises')
const { answering } = require('./processes')
const { connect, openUsers } = require('./shared')

const [FIRST_ID, USERS] = [5_000_000, 100]

/** @type {any} */
let db = null
let isWriting = false
/** @type {Promise<void>} */
let written = Promise.resolve()

/** @param {number} paceMs */
async function write(paceMs) {
  for (let at = 0; isWriting; at++) {
    await sleep(paceMs)
    await db.user.update({ where: { id: FIRST_ID + (at % USERS) }, data: { age: at } })
  }
}

answering(async ({ start, paceMs }) => {
  if (start) {
    const options = { blockId: 'neighbour', connection: start.connection }
    db = await openUsers(start, connect(start), options, { from: FIRST_ID, count: USERS })
  } else {
    isWriting = paceMs !== null
    if (isWriting) written = write(paceMs)
    else await written
  }
  return null
})
