const USERS = 200
const MEMBERS_PER_CHAT = 12
const REACTION_EVERY = 5

/** @param {number} index */
const chatId = (index) => `chat-${index}`

/**
 * @param {string} chat
 * @param {number} index
 */
const messageId = (chat, index) => `${chat}-message-${index}`

/**
 * Member `k` of chat `c` is user `(c * 7 + k) % 200`: neighbouring chats share people, as chats do.
 * @param {number} chat
 * @param {number} member
 */
const userId = (chat, member) => `user-${(chat * 7 + (member % MEMBERS_PER_CHAT)) % USERS}`

const FILL = [
  `INSERT INTO "User" ("id", "email", "name")
     SELECT 'user-' || n, 'user' || n || '@example.com', 'User ' || n FROM generate_series(0, ${USERS - 1}) n`,

  `INSERT INTO "Chat" ("id", "title", "settings")
     SELECT 'chat-' || c, 'Chat number ' || c, jsonb_build_object('theme', CASE c % 2 WHEN 0 THEN 'dark' ELSE 'light' END, 'pins', jsonb_build_array(c, c + 1))
     FROM generate_series(0, $chats - 1) c`,

  `INSERT INTO "Member" ("id", "chatId", "userId", "role")
     SELECT 'chat-' || c || '-member-' || k, 'chat-' || c, 'user-' || ((c * 7 + k) % ${USERS}), (CASE k WHEN 0 THEN 'OWNER' ELSE 'MEMBER' END)::"Role"
     FROM generate_series(0, $chats - 1) c, generate_series(0, ${MEMBERS_PER_CHAT - 1}) k`,

  `INSERT INTO "Message" ("id", "chatId", "authorId", "content", "meta", "sentAt")
     SELECT 'chat-' || c || '-message-' || k, 'chat-' || c, 'user-' || ((c * 7 + k % ${MEMBERS_PER_CHAT}) % ${USERS}),
       (ARRAY['shall we have coffee?', 'see you at the station', 'that is a good question', 'no, it was the other one'])[1 + k % 4] || ' #' || k,
       CASE k % 3 WHEN 0 THEN jsonb_build_object('client', 'web', 'length', k % 40) END,
       TIMESTAMP '2026-01-01' + k * INTERVAL '37 seconds'
     FROM (SELECT n % $chats c, n / $chats k FROM generate_series(0, $messages - 1) n) AS numbered`,

  `INSERT INTO "Reaction" ("id", "messageId", "userId", "emoji")
     SELECT "id" || '-reaction', "id", "authorId", '👍' FROM "Message"
     WHERE substring("id" from '[0-9]+$')::int % ${REACTION_EVERY} = 0`,

  'ANALYZE',
]

/**
 * The statements that fill the main database.
 * @param {{ chats: number, messages: number }} size
 */
const fillStatements = ({ chats, messages }) =>
  FILL.map((sql) => sql.replaceAll('$chats', String(chats)).replaceAll('$messages', String(messages)))

module.exports = { chatId, messageId, userId, fillStatements, MEMBERS_PER_CHAT }
