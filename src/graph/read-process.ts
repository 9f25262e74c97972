/** Reads the flow of a process from the source of its workflow: what it can do, before it runs. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { Flow, type Exit } from './flow.ts';

/** Patterns that only wrap work: what is inside them happens in their place, at most under a frame. */
const wrappers = ['withFallback', 'retrying', 'withTimeout', 'ladder', 'fallback'];
const patterns = [...wrappers, 'stage', 'parallel', 'route', 'saga', 'approvalGate', 'sleep', 'tx.step'];
const loops: Readonly<Record<string, string>> = {
  map: 'for each item',
  pipeline: 'for each item',
  batch: 'for each chunk',
  iterate: 'until good enough',
  poll: 'until it is there',
};
const longestLabel = 60;

/** The processes that the bundle's entry exports, by workflow type, as Mermaid flow charts. */
export function readGraphs(entry: string): Readonly<Record<string, string>> {
  const graphs: Record<string, string> = {};
  for (const statement of parse(entry).statements) {
    if (!ts.isExportDeclaration(statement) || !statement.exportClause || !ts.isNamedExports(statement.exportClause)) {
      continue;
    }
    const from = statement.moduleSpecifier;
    if (!from || !ts.isStringLiteral(from)) continue;
    for (const { name } of statement.exportClause.elements) {
      graphs[name.text] = new Reader(parse(join(dirname(entry), from.text))).draw(name.text);
    }
  }
  return graphs;
}

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true);
}

type Callable = ts.FunctionDeclaration | ts.ArrowFunction | ts.FunctionExpression;

class Reader {
  private readonly flow = new Flow();
  private readonly functions = new Map<string, ts.FunctionDeclaration>();
  private readonly activities = new Set<string>();
  private readonly source: ts.SourceFile;
  private readonly entered: Callable[] = [];
  /** Where the function that is being read returned. */
  private returned: Exit[] = [];

  constructor(source: ts.SourceFile) {
    this.source = source;
    for (const statement of source.statements) {
      if (ts.isFunctionDeclaration(statement) && statement.name) this.functions.set(statement.name.text, statement);
      if (!ts.isVariableStatement(statement)) continue;
      for (const { name, initializer } of statement.declarationList.declarations) {
        if (!initializer || !ts.isCallExpression(initializer) || !ts.isIdentifier(name)) continue;
        if (/^proxy(Local)?Activities$/.test(initializer.expression.getText())) this.activities.add(name.text);
      }
    }
  }

  draw(workflow: string): string {
    const start = this.flow.box('end', workflow, []);
    const main = this.functions.get(workflow);
    this.flow.box('end', 'end', main ? this.call(main, start) : start);
    return this.flow.mermaid();
  }

  /** Follows a function; leads out of its end and of its returns. */
  private call(callable: ts.Node, entry: readonly Exit[]): readonly Exit[] {
    if (!isCallable(callable)) return this.follow(callable, entry);
    if (!callable.body || this.entered.includes(callable)) return entry;
    const outer = this.returned;
    this.returned = [];
    this.entered.push(callable);
    const exits = [...this.follow(callable.body, entry), ...this.returned];
    this.entered.pop();
    this.returned = outer;
    return exits;
  }

  private follow(node: ts.Node, entry: readonly Exit[]): readonly Exit[] {
    if (isCallable(node)) return entry;
    if (ts.isIfStatement(node)) {
      return this.either(node.expression, node.thenStatement, node.elseStatement, entry);
    }
    if (ts.isConditionalExpression(node)) return this.either(node.condition, node.whenTrue, node.whenFalse, entry);
    if (ts.isSwitchStatement(node)) return this.switched(node, entry);
    if (ts.isReturnStatement(node)) {
      this.returned.push(...(node.expression ? this.follow(node.expression, entry) : entry));
      return [];
    }
    if (ts.isThrowStatement(node)) return [];
    if (ts.isTryStatement(node)) return this.tried(node, entry);
    if (ts.isCallExpression(node)) return this.called(node, entry);
    let exits = entry;
    ts.forEachChild(node, (child) => {
      exits = this.follow(child, exits);
    });
    return exits;
  }

  private called(node: ts.CallExpression, entry: readonly Exit[]): readonly Exit[] {
    const { expression: callee } = node;
    const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
    const [first, second] = node.arguments;
    if (ts.isPropertyAccessExpression(callee)) {
      if (this.activities.has(callee.expression.getText())) return this.flow.box('step', words(name), entry);
      if (name === 'step' && first && second)
        return this.named(`${textOf(first)}${node.arguments[2] ? ' ↩' : ''}`, second, entry);
    } else {
      const own = this.functions.get(name);
      if (own) return this.call(own, entry);
      if (name === 'stage' && first && second) return this.named(textOf(first), second, entry);
      if (name === 'saga' && first) return this.named('saga: all or nothing', first, entry);
      if (name === 'approvalGate' && first) return this.flow.box('gate', `person: ${gateName(first)}`, entry);
      if (name === 'sleep' && first) return this.flow.box('step', `wait ${textOf(first)}`, entry);
      if (name === 'parallel' && first) return this.forked('at the same time', first, entry, true);
      if (name === 'route' && first && second)
        return this.forked(textOf(first), second, this.follow(first, entry), false);
      if (name in loops) return this.looped(loops[name] ?? name, node.arguments, entry);
      if (wrappers.includes(name)) {
        return node.arguments.reduce<readonly Exit[]>((exits, each) => this.call(each, exits), entry);
      }
    }
    return [callee, ...node.arguments].reduce((exits, each) => this.follow(each, exits), entry);
  }

  private named(label: string, work: ts.Node, entry: readonly Exit[]): readonly Exit[] {
    return this.flow.group(label, entry, () => this.call(work, entry));
  }

  /** Branches by name: all of them, which join again, or one of them. */
  private forked(label: string, branches: ts.Node, entry: readonly Exit[], all: boolean): readonly Exit[] {
    const [fork] = this.flow.box(all ? 'join' : 'choice', label, entry);
    if (!fork) return entry;
    if (!ts.isObjectLiteralExpression(branches)) return this.call(branches, [fork]);
    const exits = branches.properties.flatMap((property) => {
      const name = property.name?.getText() ?? property.getText();
      const work = ts.isPropertyAssignment(property) ? property.initializer : property;
      return this.call(work, [{ ...fork, label: name.replaceAll(/['"]/g, '') }]);
    });
    return all ? this.flow.box('join', 'joined', exits) : exits;
  }

  private looped(label: string, bodies: readonly ts.Node[], entry: readonly Exit[]): readonly Exit[] {
    return this.flow.group(label, entry, () => bodies.reduce((exits, each) => this.call(each, exits), entry));
  }

  private either(
    condition: ts.Expression,
    yes: ts.Node,
    no: ts.Node | undefined,
    entry: readonly Exit[],
  ): readonly Exit[] {
    const asked = this.follow(condition, entry);
    if (![yes, no].some((branch) => branch && this.matters(branch))) return asked;
    const [choice] = this.flow.box('choice', textOf(condition), asked);
    if (!choice) return asked;
    const otherwise = [{ ...choice, label: 'no' }];
    return [...this.follow(yes, [{ ...choice, label: 'yes' }]), ...(no ? this.follow(no, otherwise) : otherwise)];
  }

  private switched(node: ts.SwitchStatement, entry: readonly Exit[]): readonly Exit[] {
    const [choice] = this.flow.box('choice', textOf(node.expression), this.follow(node.expression, entry));
    if (!choice) return entry;
    return node.caseBlock.clauses.flatMap((clause) => {
      const label = ts.isCaseClause(clause) ? textOf(clause.expression) : 'otherwise';
      return clause.statements.reduce<readonly Exit[]>(
        (exits, each) => this.follow(each, exits),
        [{ ...choice, label }],
      );
    });
  }

  private tried(node: ts.TryStatement, entry: readonly Exit[]): readonly Exit[] {
    const before = this.returned.length;
    const exits = this.follow(node.tryBlock, entry);
    const ended = exits[0] ?? this.returned[before];
    const caught = node.catchClause;
    const handled =
      caught && ended && this.matters(caught.block)
        ? this.follow(caught.block, [{ from: ended.from, label: 'failed' }])
        : [];
    const after = [...exits, ...handled];
    return node.finallyBlock ? this.follow(node.finallyBlock, after) : after;
  }

  /** Whether a branch does something that the chart shows, or leaves the function. */
  private matters(node: ts.Node, within: readonly ts.Node[] = []): boolean {
    if (ts.isReturnStatement(node) && within.length === 0) return true;
    if (ts.isCallExpression(node)) {
      const { expression: callee } = node;
      if (ts.isPropertyAccessExpression(callee) && this.activities.has(callee.expression.getText())) return true;
      const name = callee.getText();
      if (name in loops || patterns.includes(name)) return true;
      const own = this.functions.get(name);
      if (own?.body && !within.includes(own) && this.matters(own.body, [...within, own])) return true;
    }
    return ts.forEachChild(node, (child) => this.matters(child, within) || undefined) ?? false;
  }
}

function isCallable(node: ts.Node): node is Callable {
  return ts.isFunctionDeclaration(node) || ts.isArrowFunction(node) || ts.isFunctionExpression(node);
}

function gateName(options: ts.Node): string {
  const property = ts.isObjectLiteralExpression(options)
    ? options.properties.find((each) => each.name?.getText() === 'name')
    : undefined;
  return property && ts.isPropertyAssignment(property) ? textOf(property.initializer) : 'decision';
}

function textOf(node: ts.Node): string {
  const text = ts.isStringLiteralLike(node) ? node.text : node.getText().replace(/\s+/g, ' ');
  return text.length > longestLabel ? `${text.slice(0, longestLabel - 1)}…` : text;
}

/** `receiveDocument` as `receive document`. */
function words(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
}
