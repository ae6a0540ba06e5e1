// The posts of a category, of an implicit many-to-many relation, in blocks with a scope that asks their links.
const { deepSame } = require('./parity')
const { scopedBlocks, statsOf } = require('./scope')

const order = { orderBy: { id: 'asc' } }

/** @param {any} db @param {(c: any) => Promise<any>} call without a look at main */
async function here(db, call) {
  const before = statsOf(db).forwarded
  const answer = await call(db)
  expect(statsOf(db).forwarded).toBe(before)
  return answer
}

/** To be called where tests are described: what it gives is there when they run. */
function linkedPosts() {
  const place = scopedBlocks()
  /** Categories as main made them. @type {Record<string, string>} */
  const ids = {}
  let made = 0

  const news = () => ({ id: ids.news })
  const ofNews = () => ({ categories: { some: news() } })
  const withPosts = (/** @type {any} */ c) =>
    c.category.findUnique({ where: news(), include: { posts: order } })

  /** A number that no title has. */
  const next = () => {
    made += 1
    return made
  }

  /** Main has made a post of which the block knows nothing. */
  async function unheld(data = {}) {
    const title = `links ${next()}`
    const { id } = await place.main.client.post.create({ data: { title, authorId: 'u1', ...data } })
    return id
  }

  /** The block has the posts of the category by itself, and they are main's. @param {any} db @returns {Promise<number[]>} */
  async function same(db) {
    const { posts } = await here(db, withPosts)
    const set = await here(db, (c) => c.post.findMany({ where: ofNews(), ...order }))
    await db.$block.flush()
    deepSame(posts, (await withPosts(place.main.client)).posts)
    deepSame(set, posts)
    return posts.map((/** @type {any} */ { id }) => id)
  }

  beforeAll(async () => {
    const { client } = place.main
    for (const name of ['news', 'sports'])
      ids[name] = (await client.category.create({ data: { name: `links ${name}` } })).id
    for (const [at, { id }] of (await client.post.findMany({ take: 4, ...order })).entries()) {
      const links = at % 2 === 0 ? [news()] : [news(), { id: ids.sports }]
      await client.post.update({ where: { id }, data: { categories: { connect: links } } })
    }
  })
  return { place, ids, news, ofNews, withPosts, next, unheld, same }
}

module.exports = { here, linkedPosts }
