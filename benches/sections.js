/**
 * Groups that are no table of adapters and workloads: each measures in a way of its own and writes its own part of the report.
 * @typedef {object} Section
 * @property {string} name as in `npm run bench -- <name>`
 * @property {string} title
 * @property {(environment: import('./cells').Environment) => Promise<{ text: string, figures: Record<string, number> }>} run
 * figures are what floors ask for, by `<name>.<figure>`
 */

/** @type {Section[]} */
const SECTIONS = [
  require('./loop'),
  require('./sync'),
  require('./redis'),
  require('./pending'),
  require('./blocks'),
  require('./life'),
]

module.exports = { SECTIONS }
