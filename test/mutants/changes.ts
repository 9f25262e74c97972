/** Small changes to a source, as a hurried programmer makes them. */
import ts from 'typescript';

export interface Change {
  /** What is done to the source, in a word or two. */
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly before: string;
  readonly after: string;
}

/** The text of a source with one change. */
export function applied(text: string, { start, end, after }: Change): string {
  return text.slice(0, start) + after + text.slice(end);
}

/** Every change there is to a source, in the order of the text. */
export function changesOf(path: string, text: string): Change[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const changes: Change[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
    if (isLogging(node)) return;
    for (const [kind, target, after] of changesAt(node)) {
      const [start, end] = [target.getStart(source), target.getEnd()];
      const before = text.slice(start, end);
      if (before !== after) changes.push({ kind, start, end, before, after });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return changes.sort((a, b) => a.start - b.start);
}

/** What is written to the log is for the eye, and no test looks at it. */
function isLogging(node: ts.Node): boolean {
  return ts.isExpressionStatement(node) && node.expression.getText().startsWith('log.');
}

type Made = readonly [kind: string, target: ts.Node, after: string];

function changesAt(node: ts.Node): Made[] {
  if (ts.isBinaryExpression(node)) return [...operators(node), ...operands(node)];
  if (ts.isIfStatement(node) || ts.isWhileStatement(node)) return conditions(node.expression);
  if (ts.isConditionalExpression(node)) return conditions(node.condition);
  if (ts.isPrefixUnaryExpression(node)) return prefix(node);
  if (ts.isAwaitExpression(node)) return [['await dropped', node, node.expression.getText()]];
  if (ts.isExpressionStatement(node)) return statements(node);
  if (ts.isThrowStatement(node)) return [['throw dropped', node, ';']];
  if (ts.isContinueStatement(node)) return [['continue dropped', node, ';']];
  if (ts.isCallExpression(node)) return calls(node);
  if (ts.isNumericLiteral(node)) return numbers(node);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [['boolean', node, 'false']];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [['boolean', node, 'true']];
  if (ts.isFunctionLike(node)) return bodies(node);
  return [];
}

const otherOperators: Readonly<Record<string, readonly [kind: string, after: string]>> = {
  '<': ['comparison', '<='],
  '<=': ['comparison', '<'],
  '>': ['comparison', '>='],
  '>=': ['comparison', '>'],
  '===': ['comparison', '!=='],
  '!==': ['comparison', '==='],
  '&&': ['logic', '||'],
  '||': ['logic', '&&'],
  '+': ['arithmetic', '-'],
  '-': ['arithmetic', '+'],
  '*': ['arithmetic', '/'],
  '/': ['arithmetic', '*'],
  '+=': ['arithmetic', '-='],
  '-=': ['arithmetic', '+='],
};

function operators({ operatorToken }: ts.BinaryExpression): Made[] {
  const other = otherOperators[operatorToken.getText()];
  return other ? [[other[0], operatorToken, other[1]]] : [];
}

/** One side alone: a condition, or what stands in for a missing value, is forgotten. */
function operands(node: ts.BinaryExpression): Made[] {
  const operator = node.operatorToken.getText();
  if (!['&&', '||', '??'].includes(operator)) return [];
  return [node.left, node.right].map((side) => [`side of ${operator} alone`, node, side.getText()] as const);
}

function conditions(condition: ts.Expression): Made[] {
  return [
    ['condition negated', condition, `!(${condition.getText()})`],
    ['condition constant', condition, 'true'],
    ['condition constant', condition, 'false'],
  ];
}

function prefix(node: ts.PrefixUnaryExpression): Made[] {
  return node.operator === ts.SyntaxKind.ExclamationToken ? [['negation dropped', node, node.operand.getText()]] : [];
}

function statements(node: ts.ExpressionStatement): Made[] {
  const inner = ts.isAwaitExpression(node.expression) ? node.expression.expression : node.expression;
  return [[ts.isCallExpression(inner) ? 'call dropped' : 'statement dropped', node, ';']];
}

const links: ReadonlySet<string> = new Set(['filter', 'reverse', 'sort', 'slice', 'catch', 'finally']);
const otherMethods: Readonly<Record<string, string>> = { some: 'every', every: 'some', min: 'max', max: 'min' };

/** A link of a chain dropped, or a method that is easily mistaken for another. */
function calls({ expression }: ts.CallExpression): Made[] {
  if (!ts.isPropertyAccessExpression(expression)) return [];
  const name = expression.name.text;
  const call = expression.parent;
  const made: Made[] = links.has(name) ? [['link dropped', call, expression.expression.getText()]] : [];
  const other = otherMethods[name];
  return other === undefined ? made : [...made, ['method', expression.name, other]];
}

function numbers(node: ts.NumericLiteral): Made[] {
  const value = Number(node.text);
  return [value + 1, value - 1].map((each) => ['number', node, String(each)] as const);
}

/** A function that gives nothing returns before it has done anything. */
function bodies(node: ts.SignatureDeclaration): Made[] {
  const { body, type } = node as ts.FunctionLikeDeclaration;
  if (!body || !ts.isBlock(body) || body.statements.length === 0) return [];
  if (!['void', 'Promise<void>'].includes(type?.getText() ?? '')) return [];
  return [['return at once', body, '{}']];
}
