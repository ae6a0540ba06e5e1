/**
 * The arguments of the calls over the library, as a Prisma user writes them.
 * @type {Record<'related' | 'some' | 'aggregate' | 'groupBy', { model: string, method: string, args: (argument: any) => any }>}
 */
const LIBRARY = {
  related: {
    model: 'article',
    method: 'findMany',
    args: ({ country, minScore, skip, take }) => ({
      where: { author: { country }, score: { gte: minScore } },
      orderBy: [{ views: 'desc' }, { id: 'asc' }],
      skip,
      take,
    }),
  },
  some: {
    model: 'author',
    method: 'findMany',
    args: ({ minScore, minViews, skip, take }) => ({
      where: { articles: { some: { score: { gte: minScore }, views: { gte: minViews } } } },
      orderBy: { id: 'desc' },
      skip,
      take,
    }),
  },
  aggregate: {
    model: 'article',
    method: 'aggregate',
    args: (minScore) => ({
      where: { score: { gte: minScore } },
      _count: { _all: true },
      _sum: { views: true },
      _avg: { score: true },
      _min: { createdAt: true },
      _max: { createdAt: true },
    }),
  },
  groupBy: {
    model: 'article',
    method: 'groupBy',
    args: (minScore) => ({
      by: ['topic'],
      where: { score: { gte: minScore } },
      _count: { _all: true },
      _sum: { views: true },
      _avg: { score: true },
      _max: { createdAt: true },
      orderBy: { _sum: { views: 'desc' } },
    }),
  },
}

/** @param {any} db @param {keyof typeof LIBRARY} name */
const libraryCall = (db, name) => {
  const { model, method, args } = LIBRARY[name]
  return (/** @type {any} */ argument) => db[model][method](args(argument))
}

/**
 * The operations as a Prisma user writes them. The same calls run on a PrismaClient and on a block.
 * @param {any} db
 * @returns {import('../workloads').Operations}
 */
const prismaOperations = (db) => ({
  findUnique: (id) => db.user.findUnique({ where: { id } }),
  findUniqueInclude: (id) => db.user.findUnique({ where: { id }, include: { posts: true } }),
  findMany: () => db.user.findMany(),
  page: ({ minScore, before, skip, take }) =>
    db.post.findMany({
      where: { score: { gte: minScore }, createdAt: { lt: before } },
      orderBy: { createdAt: 'desc' },
      skip,
      take,
    }),
  create: (row) => db.user.create({ data: row }),
  createNested: ({ posts, ...row }) => db.user.create({ data: { ...row, posts: { create: posts } } }),
  update: (id, name) => db.user.update({ where: { id }, data: { name } }),
  transaction: (id, name) =>
    db.$transaction(async (/** @type {any} */ tx) => {
      await tx.user.findUnique({ where: { id } })
      return tx.user.update({ where: { id }, data: { name } })
    }),
  createMany: (rows) => db.user.createMany({ data: rows }),
  tree: (id) =>
    db.author.findUnique({ where: { id }, include: { articles: { include: { comments: true } } } }),
  related: libraryCall(db, 'related'),
  some: libraryCall(db, 'some'),
  aggregate: libraryCall(db, 'aggregate'),
  groupBy: libraryCall(db, 'groupBy'),
  posts: (args) => db.post.findMany(args),
})

module.exports = { LIBRARY, prismaOperations }
