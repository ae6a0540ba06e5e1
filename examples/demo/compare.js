const { inspect, isDeepStrictEqual } = require('node:util')

/**
 * Every row that belongs to a chat, asked for in the same way on a block and on the main database.
 * @param {any} client
 * @param {string} chatId
 * @returns {Promise<Record<string, any[]>>}
 */
async function chatRows(client, chatId) {
  const members = await client.member.findMany({ where: { chatId }, include: { user: true } })
  const messages = await client.message.findMany({ where: { chatId }, include: { reactions: true } })
  return {
    chats: [await client.chat.findUnique({ where: { id: chatId } })],
    members: byId(members),
    messages: byId(messages.map((/** @type {any} */ message) => ({ ...message, reactions: null }))),
    reactions: byId(messages.flatMap((/** @type {any} */ message) => message.reactions)),
  }
}

/** @param {any[]} rows */
const byId = (rows) => rows.sort((a, b) => (a.id < b.id ? -1 : 1))

/**
 * @param {Record<string, any[]>} block
 * @param {Record<string, any[]>} main
 * @returns {string | null} the first difference, in words
 */
function firstDifference(block, main) {
  for (const [name, rows] of Object.entries(block)) {
    if (rows.length !== main[name].length)
      return `${name}: block ${rows.length} rows, main ${main[name].length} rows`
    const at = rows.findIndex((row, i) => !isDeepStrictEqual(row, main[name][i]))
    if (at >= 0) return `${name}: block ${inspect(rows[at])}, main ${inspect(main[name][at])}`
  }
  return null
}

/**
 * Compares one chat on both sides, value by value and JS type by JS type (a Date is not a string).
 * @param {any} block
 * @param {any} main
 * @param {string} chatId
 */
async function compareChat(block, main, chatId) {
  const local = await chatRows(block, chatId)
  const remote = await chatRows(main, chatId)
  return {
    rows: Object.values(remote).reduce((sum, rows) => sum + rows.length, 0),
    difference: firstDifference(local, remote),
  }
}

module.exports = { compareChat, firstDifference }
