// Builds the native addon to `sharded.<platform>.node` in the repository root; without --force only when it is
// missing or older than what it is made from.
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const root = path.resolve(__dirname, '..')

/** The platform part of the addon's file name, as js/binding.js asks for it. */
function platformName() {
  const { platform, arch } = process
  if (platform === 'linux') return `linux-${arch}-${isMusl() ? 'musl' : 'gnu'}`
  if (platform === 'win32') return `win32-${arch}-msvc`
  return `${platform}-${arch}`
}

function isMusl() {
  const report = /** @type {{header: {glibcVersionRuntime?: string}}} */ (process.report.getReport())
  return !report.header.glibcVersionRuntime
}

/** Cargo's name for the library `sharded` on this platform. */
function libraryName() {
  if (process.platform === 'win32') return 'sharded.dll'
  return process.platform === 'darwin' ? 'libsharded.dylib' : 'libsharded.so'
}

/**
 * @param {string} entry
 * @returns {number}
 */
function newestMtimeMs(entry) {
  const stat = fs.statSync(entry, { throwIfNoEntry: false })
  if (!stat) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  // The folder's own time shows a removed file.
  return fs
    .readdirSync(entry)
    .reduce((newest, name) => Math.max(newest, newestMtimeMs(path.join(entry, name))), stat.mtimeMs)
}

/** @param {string} addon */
function isStale(addon) {
  const built = newestMtimeMs(addon)
  const inputs = ['src', 'Cargo.toml', 'Cargo.lock', 'build.rs', '.cargo']
  return built === 0 || inputs.some((input) => newestMtimeMs(path.join(root, input)) > built)
}

/** @param {string} addon */
function build(addon) {
  const cargo = spawnSync('cargo', ['build', '--release', '--lib'], { cwd: root, stdio: 'inherit' })
  if (cargo.error) {
    throw new Error(`cannot run cargo (${cargo.error.message}): install Rust, see https://rustup.rs`)
  }
  if (cargo.status !== 0) throw new Error(`cargo build failed with exit code ${cargo.status}`)
  const targetDir = process.env.CARGO_TARGET_DIR ?? path.join(root, 'target')
  // Copied beside and renamed: a running process keeps the image that it has mapped.
  const fresh = `${addon}.${process.pid}`
  fs.copyFileSync(path.join(targetDir, 'release', libraryName()), fresh)
  fs.renameSync(fresh, addon)
}

function main() {
  const addon = path.join(root, `sharded.${platformName()}.node`)
  if (!process.argv.includes('--force') && !isStale(addon)) return
  build(addon)
  console.log(`built ${path.basename(addon)}`)
}

try {
  main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
