/** A process as a flow chart while it is being drawn, and the chart as Mermaid. */

type Shape = 'step' | 'choice' | 'gate' | 'join' | 'end';

interface Box {
  readonly id: string;
  label: string;
  readonly shape: Shape;
  groups: readonly Group[];
}

interface Group {
  readonly id: string;
  readonly label: string;
}

/** Where the flow goes on from: out of a box, perhaps under a condition. */
export interface Exit {
  readonly from: string;
  readonly label?: string;
}

const brackets: Readonly<Record<Shape, readonly [string, string]>> = {
  step: ['["', '"]'],
  choice: ['{"', '"}'],
  gate: ['{{"', '"}}'],
  join: ['(("', '"))'],
  end: ['(["', '"])'],
};

export class Flow {
  private readonly boxes: Box[] = [];
  private readonly edges: { readonly from: string; readonly to: string; readonly label?: string }[] = [];
  private groups: readonly Group[] = [];
  private count = 0;

  /** Adds a box that all `entry` lead into; what comes next leads out of it. */
  box(shape: Shape, label: string, entry: readonly Exit[]): readonly Exit[] {
    const id = this.next('n');
    this.boxes.push({ id, label, shape, groups: this.groups });
    for (const { from, label: condition } of entry) {
      this.edges.push({ from, to: id, ...(condition === undefined ? {} : { label: condition }) });
    }
    return [{ from: id }];
  }

  /** Draws `body` in a frame; a frame around one step is that step under the frame's name. */
  group(label: string, entry: readonly Exit[], body: () => readonly Exit[]): readonly Exit[] {
    const before = this.groups;
    const first = this.boxes.length;
    this.groups = [...before, { id: this.next('g'), label }];
    const exits = body();
    this.groups = before;
    const [only, ...others] = this.boxes.slice(first);
    if (only === undefined) return this.box('step', label, entry);
    if (others.length === 0 && only.shape === 'step') Object.assign(only, { label, groups: before });
    return exits;
  }

  /** The chart as Mermaid. */
  mermaid(): string {
    return ['flowchart TD', ...this.boxLines([], 1), ...this.edges.map(edgeLine)].join('\n');
  }

  private boxLines(groups: readonly Group[], depth: number): string[] {
    const indent = '  '.repeat(depth);
    const drawn = new Set<string>();
    return this.boxes
      .filter((box) => groups.every((group, at) => box.groups[at] === group))
      .flatMap((box) => {
        const inner = box.groups[groups.length];
        if (inner === undefined) return [`${indent}${box.id}${brackets[box.shape].join(quoted(box.label))}`];
        if (drawn.has(inner.id)) return [];
        drawn.add(inner.id);
        const lines = this.boxLines([...groups, inner], depth + 1);
        return [`${indent}subgraph ${inner.id}["${quoted(inner.label)}"]`, ...lines, `${indent}end`];
      });
  }

  private next(prefix: string): string {
    this.count += 1;
    return `${prefix}${String(this.count)}`;
  }
}

function edgeLine({
  from,
  to,
  label,
}: {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
}): string {
  return label === undefined ? `  ${from} --> ${to}` : `  ${from} -->|"${quoted(label)}"| ${to}`;
}

function quoted(text: string): string {
  return text.replaceAll('"', "'").replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\n', ' ');
}
