/**
 * What a block of one chat holds: the chat, its members and their users, its messages and their
 * reactions. The records are handed over exactly as Prisma returned them.
 * @param {string} id
 */
const chatLoader = (id) => async (/** @type {any} */ block, /** @type {any} */ main) => {
  const chat = await main.chat.findUniqueOrThrow({
    where: { id },
    include: {
      members: { include: { user: true } },
      messages: { include: { reactions: true } },
    },
  })
  await block.chat.create({ data: chat })
}

module.exports = { chatLoader }
