const { messageId, userId, MEMBERS_PER_CHAT } = require('./data')

/**
 * @typedef {object} Place where an operation runs
 * @property {string} name
 * @property {any} client a PrismaClient or a block's client: the calls are the same
 * @property {number} chat number of the chat
 * @property {string} chatId
 * @property {number} messages messages in the chat when the demo began
 */

/**
 * @typedef {object} Operation
 * @property {string} title
 * @property {(place: Place, n: number) => Promise<unknown>} run
 */

/** Spreads consecutive calls over all messages. @param {Place} place @param {number} n */
const someMessage = (place, n) => messageId(place.chatId, (n * 7919) % place.messages)

/** @type {Operation[]} */
const READS = [
  {
    title: 'message by id',
    run: (place, n) => place.client.message.findUnique({ where: { id: someMessage(place, n) } }),
  },
  {
    title: 'message with author and reactions',
    run: (place, n) =>
      place.client.message.findUnique({
        where: { id: someMessage(place, n) },
        include: { author: true, reactions: true },
      }),
  },
  {
    title: `chat with its ${MEMBERS_PER_CHAT} members and their users`,
    run: (place) =>
      place.client.chat.findUnique({
        where: { id: place.chatId },
        include: { members: { include: { user: true } } },
      }),
  },
  {
    title: 'last 50 messages with authors',
    run: (place) =>
      place.client.message.findMany({
        where: { chatId: place.chatId },
        orderBy: { sentAt: 'desc' },
        take: 50,
        include: { author: true },
      }),
  },
  {
    title: "search 'coffee', second page of 20",
    run: (place) =>
      place.client.message.findMany({
        where: { chatId: place.chatId, content: { contains: 'coffee' } },
        orderBy: { sentAt: 'desc' },
        skip: 20,
        take: 20,
      }),
  },
  {
    title: "count one author's messages",
    run: (place, n) =>
      place.client.message.count({ where: { chatId: place.chatId, authorId: userId(place.chat, n) } }),
  },
]

/** A reaction of its own for each call, since two main clients write in one chat. @param {Place} place @param {number} n */
const reactionKey = (place, n) => ({
  messageId: someMessage(place, n),
  userId: userId(place.chat, n),
  emoji: `🎉 ${place.name} ${n}`,
})

/** @type {Operation[]} */
const WRITES = [
  {
    title: 'send a message',
    run: (place, n) =>
      place.client.message.create({
        data: { chatId: place.chatId, authorId: userId(place.chat, n), content: `hello, number ${n}` },
      }),
  },
  {
    title: 'edit a message',
    run: (place, n) =>
      place.client.message.update({
        where: { id: someMessage(place, n) },
        data: { content: `edited ${n}`, editedAt: new Date() },
      }),
  },
  {
    title: 'react to a message',
    run: (place, n) => place.client.reaction.create({ data: reactionKey(place, n) }),
  },
  {
    title: 'react again (upsert)',
    run: (place, n) => {
      const key = reactionKey(place, n)
      return place.client.reaction.upsert({
        where: { messageId_userId_emoji: key },
        create: key,
        update: { createdAt: new Date() },
      })
    },
  },
  {
    title: 'mute a chat (update a Json value)',
    run: (place, n) =>
      place.client.chat.update({
        where: { id: place.chatId },
        data: { settings: { muted: n % 2 === 0, changes: n } },
      }),
  },
]

module.exports = { READS, WRITES }
