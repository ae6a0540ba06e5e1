// index.d.ts: the files of types/ are compiled against the generated clients of every supported version and generator, as a
// user's project does; and what it declares is what the package exports.
const path = require('node:path')
const ts = require('typescript')
const sharded = require('../js/index.js')
const { LATER, createBlockApi } = require('../js/block/api')
const { OPTIONS } = require('../js/options')
const { makeApp } = require('./support/app')

const ROOT = path.resolve(__dirname, '..')
const DECLARATIONS = path.join(ROOT, 'index.d.ts')
const COMPILE_MS = 120_000

/** @param {string[]} files @param {Record<string, string[]>} paths */
function compile(files, paths) {
  return ts.createProgram(files, {
    strict: true,
    noEmit: true,
    // The user's own: what is declared here is checked, not what Prisma generated.
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
    paths: { sharded: [DECLARATIONS], ...paths },
  })
}

/** @param {import('typescript').Program} program @returns {string[]} */
function complaints(program) {
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, '\n')
    if (file === undefined) return text
    const { line } = file.getLineAndCharacterOfPosition(start)
    return `${path.basename(file.fileName)}:${line + 1} ${text}`
  })
}

/** How the app's modules are called in types/. @param {{dir: string}} app @param {string} generator */
function pathsOf({ dir }, generator) {
  const entry = generator === 'prisma-client' ? 'client/client.ts' : 'client/index.d.ts'
  return {
    app: [path.join(dir, entry)],
    '@prisma/client/*': [path.join(dir, 'node_modules/@prisma/client/*')],
  }
}

/** @param {string} name */
const fixture = (name) => path.join(__dirname, 'types', `${name}.ts`)

describe.each(
  /** @type {['6' | '7', 'prisma-client-js' | 'prisma-client'][]} */ ([
    ['7', 'prisma-client-js'],
    ['7', 'prisma-client'],
    ['6', 'prisma-client-js'],
    ['6', 'prisma-client'],
  ]),
)('Prisma %s, %s', (version, generator) => {
  /** @type {Record<string, string[]>} */
  let paths
  beforeAll(async () => {
    paths = pathsOf(await makeApp({ version, generator }), generator)
  }, COMPILE_MS)

  test(
    'calls, results, extensions, options and $block have their types, and nothing else compiles',
    () => {
      expect(complaints(compile([fixture('client'), fixture('extends'), fixture('block')], paths))).toEqual(
        [],
      )
    },
    COMPILE_MS,
  )

  test(
    '$block of extended clients',
    () => {
      const found = complaints(compile([fixture('extends-block')], paths))
      // The client of an `output` brings a copy of the runtime, whose types are others than @prisma/client's.
      if (generator === 'prisma-client') expect(found).toEqual([])
      else for (const one of found) expect(one).toContain("Property '$block' does not exist")
    },
    COMPILE_MS,
  )
})

describe('the declarations', () => {
  const program = compile([DECLARATIONS], {})
  const checker = program.getTypeChecker()
  const source = /** @type {import('typescript').SourceFile} */ (program.getSourceFile(DECLARATIONS))
  const exported = checker.getExportsOfModule(
    /** @type {import('typescript').Symbol} */ (checker.getSymbolAtLocation(source)),
  )
  /** @param {string} name */
  const membersOf = (name) => {
    const symbol = /** @type {import('typescript').Symbol} */ (exported.find((one) => one.name === name))
    const type =
      symbol.flags & ts.SymbolFlags.Value
        ? checker.getTypeOfSymbol(symbol)
        : checker.getDeclaredTypeOfSymbol(symbol)
    return checker.getPropertiesOfType(type)
  }
  /** @param {string} name */
  const namesOf = (name) => membersOf(name).map((member) => member.name)

  test('are right by themselves, also where a module of Prisma is missing', () => {
    expect(complaints(program)).toEqual([])
    const strict = ts.createProgram([DECLARATIONS], { ...program.getCompilerOptions(), skipLibCheck: false })
    expect(ts.getPreEmitDiagnostics(strict, strict.getSourceFile(DECLARATIONS)).length).toBe(0)
  })

  test('name what the package exports', () => {
    const values = exported.filter((one) => one.flags & ts.SymbolFlags.Value).map((one) => one.name)
    expect(values.sort()).toEqual(Object.keys(sharded).sort())
    expect(namesOf('Block').sort()).toEqual(Object.keys(sharded.Block).sort())
  })

  test('name every option of Block.create', () => {
    expect(namesOf('BlockConfig').sort()).toEqual(Object.keys(OPTIONS).sort())
  })

  test('name every member of $block that is not refused as of a later version', () => {
    const api = createBlockApi(/** @type {any} */ ({}), /** @type {any} */ ({}), () => null)
    const built = Object.keys(api).filter((name) => !LATER.includes(name))
    expect(namesOf('BlockApi').sort()).toEqual(built.sort())
  })

  test.each(['Block', 'BlockApi', 'BlockConfig', 'BlockEvents', 'BlockPlace', 'WatchConfig', 'DeleteConfig'])(
    'document every member of %s',
    (name) => {
      const silent = membersOf(name).filter((member) => member.getDocumentationComment(checker).length === 0)
      expect(silent.map((member) => member.name)).toEqual([])
    },
  )
})
