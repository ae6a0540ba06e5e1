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
  update: (id, name) => db.user.update({ where: { id }, data: { name } }),
  createMany: (rows) => db.user.createMany({ data: rows }),
})

module.exports = { prismaOperations }
