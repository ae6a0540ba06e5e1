const { and, desc, eq, gte, lt, relations, sql } = require('drizzle-orm')
const { drizzle } = require('drizzle-orm/better-sqlite3')
const { integer, sqliteTable, text } = require('drizzle-orm/sqlite-core')
const { createFile, openDatabase } = require('./sqlite-file')

const users = sqliteTable('User', {
  id: integer('id').primaryKey(),
  email: text('email').notNull(),
  name: text('name').notNull(),
  age: integer('age').notNull(),
  createdAt: integer('createdAt', { mode: 'timestamp_ms' }).notNull(),
})

const posts = sqliteTable('Post', {
  id: integer('id').primaryKey(),
  userId: integer('userId').notNull(),
  title: text('title').notNull(),
  score: integer('score').notNull(),
  createdAt: integer('createdAt', { mode: 'timestamp_ms' }).notNull(),
})

const schema = {
  users,
  posts,
  userPosts: relations(users, ({ many }) => ({ posts: many(posts) })),
  postUser: relations(posts, ({ one }) => ({
    user: one(users, { fields: [posts.userId], references: [users.id] }),
  })),
}

/** Prepared wherever drizzle can prepare: the fastest form of each call. @param {any} db */
const prepare = (db) => ({
  user: db
    .select()
    .from(users)
    .where(eq(users.id, sql.placeholder('id')))
    .prepare(),
  include: db.query.users
    .findFirst({ where: eq(users.id, sql.placeholder('id')), with: { posts: true } })
    .prepare(),
  users: db.select().from(users).prepare(),
  page: db
    .select()
    .from(posts)
    .where(and(gte(posts.score, sql.placeholder('minScore')), lt(posts.createdAt, sql.placeholder('before'))))
    .orderBy(desc(posts.createdAt))
    .limit(sql.placeholder('take'))
    .offset(sql.placeholder('skip'))
    .prepare(),
  update: db
    .update(users)
    .set({ name: sql`${sql.placeholder('name')}` })
    .where(eq(users.id, sql.placeholder('id')))
    .prepare(),
})

/** @type {import('./index').Adapter} */
module.exports = {
  name: 'drizzle',
  title: 'drizzle + better-sqlite3',

  async setup({ dir, data }) {
    const connection = openDatabase(createFile(dir, data, (date) => date.getTime()))
    const db = drizzle(connection, { schema })
    const by = prepare(db)
    return {
      ops: {
        findUnique: (id) => by.user.get({ id }) ?? null,
        findUniqueInclude: (id) => by.include.get({ id }) ?? null,
        findMany: () => by.users.all(),
        page: ({ before, ...page }) => by.page.all({ ...page, before: before.getTime() }),
        create: (row) => db.insert(users).values(row).run(),
        createNested: ({ posts: children, ...row }) =>
          db.transaction((tx) => {
            tx.insert(users).values(row).run()
            tx.insert(posts)
              .values(children.map((child) => ({ ...child, userId: row.id })))
              .run()
          }),
        update: (id, name) => by.update.run({ id, name }),
        createMany: (rows) => db.insert(users).values(rows).run(),
      },
      async teardown() {
        connection.close()
      },
    }
  },
}
