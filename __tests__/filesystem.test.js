// Where block files may lie. The numbers are those of Linux's statfs(2).
const fs = require('node:fs')
const os = require('node:os')
const { FileSystemError } = require('../js')
const { checkFileSystem, fileSystemAt, fileSystemOf } = require('../js/file/system')

/** @type {Array<[number, string, string]>} */
const TYPES = [
  [0x6969, 'network', 'nfs'],
  [0xff534d42, 'network', 'cifs'],
  [-11317950, 'network', 'cifs'],
  [0xfe534d42, 'network', 'smb2'],
  [0x01021997, 'network', '9p'],
  [0x00c36400, 'network', 'ceph'],
  [0x794c7630, 'overlay', 'overlay'],
  [0x01021994, 'memory', 'tmpfs'],
  [0xef53, 'local', 'ext'],
  [0x9123683e, 'local', 'btrfs'],
  [0x58465342, 'local', 'xfs'],
  [0x12345, 'unknown', '0x12345'],
]

test.each(TYPES)('%i is a %s file system: %s', (type, kind, name) => {
  expect(fileSystemOf(type, 'linux')).toEqual({ kind, name })
})

test('elsewhere than on Linux the number says nothing', () => {
  expect(fileSystemOf(0x6969, 'darwin')).toEqual({ kind: 'unknown', name: 'unknown' })
})

test('the temporary folder is no network file system', () => {
  expect(fileSystemAt(os.tmpdir()).kind).not.toBe('network')
  expect(() => checkFileSystem(fs.realpathSync(os.tmpdir()))).not.toThrow()
})

test('a network file system is refused by name, each time', () => {
  const nfs = () => fileSystemOf(0x6969, 'linux')
  for (let time = 0; time < 2; time++) {
    const check = () => checkFileSystem('/srv/shared', nfs)
    expect(check).toThrow(FileSystemError)
    expect(check).toThrow(/dir: expected a folder on a disk of this machine, given \/srv\/shared.*\(nfs\)/)
  }
})

test.each([
  [0x794c7630, /goes with the container.*Mount a volume/],
  [0x01021994, /in memory: a reboot empties it/],
])('what does not last is warned about, once a folder: %i', (type, text) => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const folder = `/somewhere/${type}`
  for (let time = 0; time < 2; time++) checkFileSystem(folder, () => fileSystemOf(type, 'linux'))
  const given = warn.mock.calls
  warn.mockRestore()
  expect(given).toEqual([
    [expect.stringMatching(text), { type: 'ShardedWarning', code: 'SHARDED_VOLATILE_FOLDER' }],
  ])
})
