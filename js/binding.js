// Finds the native addon: the one built in this folder, else the package of this platform. Each path is a
// literal `require`, so that bundlers see it.

/// <reference path="./addon.d.ts" />

const os = require('node:os')
const { BindingError } = require('./errors')

/** @type {Record<string, Array<() => any>>} */
const TARGETS = {
  // glibc and musl are told apart by trying: asking (process.report) costs more than the load itself.
  'linux-x64': [
    () => require('../sharded.linux-x64-gnu.node'),
    () => require('../sharded.linux-x64-musl.node'),
    () => require('sharded-linux-x64-gnu'),
    () => require('sharded-linux-x64-musl'),
  ],
  'linux-arm64': [
    () => require('../sharded.linux-arm64-gnu.node'),
    () => require('../sharded.linux-arm64-musl.node'),
    () => require('sharded-linux-arm64-gnu'),
    () => require('sharded-linux-arm64-musl'),
  ],
  'darwin-x64': [() => require('../sharded.darwin-x64.node'), () => require('sharded-darwin-x64')],
  'darwin-arm64': [() => require('../sharded.darwin-arm64.node'), () => require('sharded-darwin-arm64')],
  'win32-x64': [() => require('../sharded.win32-x64-msvc.node'), () => require('sharded-win32-x64-msvc')],
  'win32-arm64': [
    () => require('../sharded.win32-arm64-msvc.node'),
    () => require('sharded-win32-arm64-msvc'),
  ],
}

// A second copy of the addon is a second SQLite: closing a file in one drops the POSIX locks of the other and
// commits are lost in silence. Core modules are one object per thread, also between Jest's realms, so the mark
// is kept on one.
const MARK = Symbol.for('sharded.addon')

/** @param {string} home */
function claim(home) {
  const holder = /** @type {any} */ (os)[MARK]
  if (holder === undefined) Object.defineProperty(os, MARK, { value: home })
  else if (holder !== home) {
    throw new BindingError(
      `sharded is installed twice in this process, in ${holder} and in ${home}. Two copies cannot share block ` +
        'files safely: keep one (npm ls sharded; npm dedupe)',
    )
  }
}

/**
 * @param {string} platform
 * @param {Array<() => any>} [attempts]
 */
function load(platform, attempts = TARGETS[platform]) {
  let failure
  for (const attempt of attempts ?? []) {
    try {
      return attempt()
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'MODULE_NOT_FOUND') failure = error
    }
  }
  const why = failure
    ? `does not load (${/** @type {Error} */ (failure).message})`
    : attempts
      ? 'is not installed'
      : `does not exist (there is one for ${Object.keys(TARGETS).join(', ')})`
  throw new BindingError(
    `sharded: the addon for ${platform} ${why}. Reinstall the package without --no-optional, or build the addon ` +
      'with `npm run build` in the folder of sharded (needs Rust)',
    { cause: failure },
  )
}

/** @type {any} */
let loaded

/** The native addon; found on first use, so that what needs none (validation, the CLI's help) works without it. */
function addon() {
  if (loaded) return loaded
  claim(__dirname)
  loaded = load(`${process.platform}-${process.arch}`)
  return loaded
}

module.exports = { addon, claim, load }
