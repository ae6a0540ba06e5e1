const { BLOG_WORKLOADS } = require('./blog')
const { LIBRARY_WORKLOADS } = require('./library')
const { SHAPE_WORKLOADS } = require('./shapes')

/**
 * What an adapter can do. Synchronous libraries answer synchronously: nobody pays for a promise
 * that their user would not await.
 * @typedef {object} Operations
 * @property {(id: number) => any} findUnique one user, or null
 * @property {(id: number) => any} findUniqueInclude one user with its posts
 * @property {() => any} findMany all users
 * @property {(page: { minScore: number, before: Date, skip: number, take: number }) => any} page posts, newest first
 * @property {(row: import('../data').User) => any} create
 * @property {(row: import('../data').User & { posts: Omit<import('../data').Post, 'userId'>[] }) => any} createNested
 * @property {(id: number, name: string) => any} update
 * @property {(rows: import('../data').User[]) => any} createMany
 * @property {(id: number, name: string) => any} [transaction] an interactive one: reads a user, then updates it
 * @property {(id: number) => any} tree one author with its articles and their comments
 * @property {(page: { country: string, minScore: number, skip: number, take: number }) => any} related articles by their author's country, most viewed first
 * @property {(page: { minScore: number, minViews: number, skip: number, take: number }) => any} some authors with some article like that, last first
 * @property {(minScore: number) => any} aggregate over articles
 * @property {(minScore: number) => any} groupBy articles by topic
 * @property {(args: any) => any} posts any `findMany`
 * @property {(query: string) => any} [compile] of a query in Prisma's JSON protocol
 * @property {() => any} [close] what `open` opens again
 * @property {() => any} [open]
 */

/**
 * @typedef {object} Workload
 * @property {string} name
 * @property {string} title
 * @property {'read' | 'write'} kind
 * @property {import('../data').DataSet} [data] what the tables hold, `blog` when not said
 * @property {string[]} [groups] of `npm run bench -- <group>`, `core` when not said
 * @property {string[]} [adapters] who takes part, when not all
 * @property {number} maxCalls per round
 * @property {number} [callers] that many at once, measured as calls per second; else each call is timed alone
 * @property {(n: number, ops: Operations) => any} prepare the argument of call number n, made before the clock starts
 * @property {(ops: Operations, argument: any) => any} run
 * @property {(ops: Operations) => Promise<any[]>} check the rows that every adapter must agree on
 * @property {(ops: Operations) => Promise<Record<string, number>>} [figures] measured once, instead of timing calls
 */

/** @type {Workload[]} */
const WORKLOADS = [...BLOG_WORKLOADS, ...LIBRARY_WORKLOADS, ...SHAPE_WORKLOADS]

/** @param {Workload} workload */
const groupsOf = ({ groups }) => groups ?? ['core']

module.exports = { WORKLOADS, groupsOf }
