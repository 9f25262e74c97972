/** Reads XML into a small tree, refusing everything that makes XML dangerous before a parser sees it. */
import { XMLParser } from 'fast-xml-parser';
import { damaged, Refusal } from './refusal.ts';

/** An element. Names are local names; prefixes are resolved into `namespace`. */
export interface XmlElement {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The element's own text, trimmed. */
  readonly text: string;
}

const maxDepth = 100;
const maxAttributes = 200;
const maxElements = 1_000_000;

const hostile = (what: string): Refusal =>
  new Refusal('DocumentHostile', `the XML ${what}, which no business document needs; ask for it without`);

/** End of the construct that starts at `from`, one past its last character. */
function endOf(xml: string, from: number): number {
  const closers: readonly [string, string][] = [
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
    ['<?', '?>'],
  ];
  for (const [opener, closer] of closers) {
    if (!xml.startsWith(opener, from)) continue;
    const end = xml.indexOf(closer, from + opener.length);
    if (end < 0) throw damaged('XML');
    return end + closer.length;
  }
  if (xml.startsWith('<!', from)) throw hostile('has a document type definition or entities');
  return endOfTag(xml, from);
}

function endOfTag(xml: string, from: number): number {
  let quote = '';
  let attributes = 0;
  for (let at = from + 1; at < xml.length; at += 1) {
    const character = xml[at] ?? '';
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return at + 1;
    else if (character === '=') {
      attributes += 1;
      if (attributes > maxAttributes) throw hostile(`has more than ${String(maxAttributes)} attributes on one element`);
    }
  }
  throw damaged('XML');
}

/** The elements that are open while the text is passed over. */
class OpenElements {
  readonly #names: string[] = [];
  #count = 0;

  /** Takes in one tag, its angle brackets included. */
  add(tag: string): void {
    const name = /^<\/?([^\s/>=]+)/.exec(tag)?.[1];
    if (name === undefined) throw damaged('XML');
    if (tag.startsWith('</')) {
      if (this.#names.pop() !== name) throw damaged('XML');
      return;
    }
    if (this.#count > 0 && this.#names.length === 0) throw damaged('XML');
    this.#count += 1;
    if (this.#count > maxElements) throw hostile(`has more than ${String(maxElements)} elements`);
    if (tag.endsWith('/>')) return;
    this.#names.push(name);
    if (this.#names.length > maxDepth) throw hostile(`nests more than ${String(maxDepth)} levels deep`);
  }

  get isComplete(): boolean {
    return this.#count > 0 && this.#names.length === 0;
  }
}

/**
 * One pass over the text: refuses document type definitions (and with them every entity), deep nesting, masses of
 * attributes or elements, and tags that do not match. Runs in linear time whatever the input.
 */
export function guardXml(xml: string): void {
  const open = new OpenElements();
  for (let at = xml.indexOf('<'); at >= 0;) {
    const end = endOf(xml, at);
    const second = xml[at + 1];
    if (second !== '!' && second !== '?') open.add(xml.slice(at, end));
    at = xml.indexOf('<', end);
  }
  if (!open.isComplete) throw damaged('XML');
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: true,
  htmlEntities: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

type RawNode = Readonly<Record<string, unknown>>;
type Namespaces = ReadonlyMap<string, string>;

function namespacesIn(attributes: ReadonlyMap<string, string>, outer: Namespaces): Namespaces {
  const inner = [...attributes].filter(([name]) => name === 'xmlns' || name.startsWith('xmlns:'));
  if (inner.length === 0) return outer;
  return new Map([...outer, ...inner.map(([name, uri]) => [name.slice(6), uri] as const)]);
}

function toElement(qualified: string, raw: RawNode, outer: Namespaces): XmlElement {
  const attributes = new Map(Object.entries((raw[':@'] ?? {}) as Record<string, string>));
  const namespaces = namespacesIn(attributes, outer);
  const colon = qualified.indexOf(':');
  const children: XmlElement[] = [];
  let text = '';
  for (const child of raw[qualified] as RawNode[]) {
    const name = Object.keys(child).find((key) => key !== ':@');
    if (name === '#text') text += String(child[name]);
    else if (name !== undefined) children.push(toElement(name, child, namespaces));
  }
  return {
    name: qualified.slice(colon + 1),
    namespace: namespaces.get(colon < 0 ? '' : qualified.slice(0, colon)) ?? '',
    attributes,
    children,
    text: text.trim(),
  };
}

/** Parses guarded, well-formed XML; anything else is refused as damaged or hostile. */
export function parseXml(xml: string): XmlElement {
  const text = xml.replace(/^\uFEFF/, '').trimStart();
  guardXml(text);
  let roots: RawNode[];
  try {
    roots = parser.parse(text) as RawNode[];
  } catch {
    throw damaged('XML');
  }
  for (const root of roots) {
    const name = Object.keys(root).find((key) => key !== ':@' && !key.startsWith('#') && !key.startsWith('?'));
    if (name !== undefined) return toElement(name, root, new Map());
  }
  throw damaged('XML');
}

/** Every element at a path of local names below `element`. */
export function all(element: XmlElement | undefined, ...path: readonly string[]): readonly XmlElement[] {
  let found: readonly XmlElement[] = element === undefined ? [] : [element];
  for (const name of path) found = found.flatMap((each) => each.children.filter((child) => child.name === name));
  return found;
}

/** The first element at a path. */
export function first(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return all(element, ...path)[0];
}

/** The text of the first element at a path; `null` if there is none or it is empty. */
export function textAt(element: XmlElement | undefined, ...path: readonly string[]): string | null {
  const text = first(element, ...path)?.text ?? '';
  return text === '' ? null : text;
}

/** Every element below and including `element`, in document order. */
export function* walk(element: XmlElement): Generator<XmlElement> {
  yield element;
  for (const child of element.children) yield* walk(child);
}
