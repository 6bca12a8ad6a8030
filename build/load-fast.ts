import { readdirSync, readFileSync, writeFileSync } from 'fs';
import * as path from 'path';
import { transformSync } from 'esbuild';
import * as ts from 'typescript';

/* What a synthesis waits for is the loading of modules: this is the last step of the build, on the compiled library. */

const EXPORT_ALL = /^__exportStar\(require\("(\.[^"]+)"\), exports\);$/gm;

/**
 * Rewrites `export * from './x'` in a compiled index so that a module is loaded when one of its names is first used.
 *
 * The names are those that the modules export now, so the public surface stays exactly what the compiler made.
 */
function loadExportsOnUse(file: string): void {
  const source = readFileSync(file, 'utf8');
  writeFileSync(file, source.replace(EXPORT_ALL, (_line, id: string) => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const names = Object.keys(require(path.resolve(path.dirname(file), id)));
    return names
      .map(name => `Object.defineProperty(exports, ${JSON.stringify(name)}, { enumerable: true, configurable: true, get: () => require("${id}")[${JSON.stringify(name)}] });`)
      .join('\n');
  }));
}

interface Import { readonly name: string; readonly declaration: ts.VariableStatement; readonly initializer: ts.Expression }

/**
 * Rewrites `const x = require("y")` of a compiled module so that `y` is loaded when `x` is first used, as aws-cdk-lib does
 * with its own modules. An import whose name is declared again further in is left as it is.
 */
function loadImportsOnUse(file: string): void {
  const text = readFileSync(file, 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  const imports = new Map<string, Import>();
  for (const statement of source.statements) {
    const found = importOf(statement);
    if (found) imports.set(found.name, found);
  }
  const uses: ts.Identifier[] = [];
  visit(source, node => {
    if (!ts.isIdentifier(node) || !imports.has(node.text)) return;
    const { parent } = node;
    if ((ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) && parent.name === node) return;
    if (ts.isVariableDeclaration(parent) && parent.parent.parent === imports.get(node.text)!.declaration) return;
    if (isUse(node)) uses.push(node);
    else imports.delete(node.text);
  });

  const edits = uses.filter(({ text: name }) => imports.has(name)).map(use => ({
    start: use.getStart(), end: use.end, text: isConstructed(use) ? `(${use.text}())` : `${use.text}()`,
  }));
  for (const { name, declaration, initializer } of imports.values()) {
    const lazy = `let ${name}_; const ${name} = () => ${name}_ ??= ${initializer.getText()};`;
    edits.push({ start: declaration.getStart(), end: declaration.end, text: lazy });
  }
  edits.sort((a, b) => b.start - a.start);
  writeFileSync(file, edits.reduce((code, { start, end, text: edit }) => code.slice(0, start) + edit + code.slice(end), text));
}

/** `const x = require("y");`, also with the compiler's `__importStar` around it. */
function importOf(statement: ts.Statement): Import | undefined {
  if (!ts.isVariableStatement(statement) || statement.declarationList.declarations.length !== 1) return undefined;
  const [{ name, initializer }] = statement.declarationList.declarations;
  if (!ts.isIdentifier(name) || !initializer || !ts.isCallExpression(initializer)) return undefined;
  const inner = initializer.expression.getText() === '__importStar' ? initializer.arguments[0] : initializer;
  const required = ts.isCallExpression(inner) && inner.expression.getText() === 'require';
  return required ? { name: name.text, declaration: statement, initializer } : undefined;
}

/** Whether the identifier reads a value; everything else (a parameter, a local variable, a shorthand property) declares the name again. */
function isUse({ parent }: ts.Identifier): boolean {
  return ts.isPropertyAccessExpression(parent) || ts.isCallExpression(parent) || ts.isNewExpression(parent);
}

/** `new x.Y()` would construct what `x` answers. */
function isConstructed(node: ts.Expression): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return isConstructed(parent);
  return ts.isNewExpression(parent) && parent.expression === node;
}

function visit(node: ts.Node, each: (node: ts.Node) => void): void {
  each(node);
  ts.forEachChild(node, child => visit(child, each));
}

/**
 * Drops comments and the inline source map, two thirds of a file; the docstrings stay in the `.d.ts`. Lines stay, because Node prints
 * the line that threw.
 */
function compact(file: string): void {
  const { code } = transformSync(readFileSync(file, 'utf8'), { platform: 'node', format: 'cjs', target: 'node20', sourcemap: false, legalComments: 'none' });
  writeFileSync(file, code);
}

const lib = path.join(__dirname, '..', 'lib');
const files = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.js')).map(file => path.join(lib, file));
loadExportsOnUse(path.join(lib, 'index.js'));
files.forEach(loadImportsOnUse);
files.forEach(compact);
