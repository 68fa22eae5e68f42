/** Server-side math of Grafana (`__expr__`): arithmetic over the results of other queries, joined by their labels. */
import { makeField, makeFrame, numberFields, timeField, type Frame } from './frames';

type Node =
  | { kind: 'number'; value: number }
  | { kind: 'ref'; name: string }
  | { kind: 'unary'; op: string; of: Node }
  | { kind: 'binary'; op: string; left: Node; right: Node }
  | { kind: 'call'; name: string; args: Node[] };

/** One result: a value at each time and the labels it belongs to. */
interface Series {
  labels: Record<string, string>;
  points: Map<number, number>;
}

type Value = number | Series[];

export class MathError extends Error {}

/** Evaluates `expression` over frames by refId. Throws MathError with what is wrong in it. */
export function evaluateMath(expression: string, refId: string, frames: readonly Frame[]): Frame[] {
  const value = evaluate(parse(expression), frames);
  const series: Series[] = typeof value === 'number' ? [{ labels: {}, points: new Map([[0, value]]) }] : value;
  return series.map((s) => {
    const times = [...s.points.keys()].sort((a, b) => a - b);
    const values = times.map((t) => s.points.get(t) ?? null);
    const field = makeField('Value', 'number', values, s.labels);
    if (Object.keys(s.labels).length === 0) field.config.displayNameFromDS = refId;
    return makeFrame(refId, [makeField('Time', 'time', times), field], 'series');
  });
}

function evaluate(node: Node, frames: readonly Frame[]): Value {
  switch (node.kind) {
    case 'number':
      return node.value;
    case 'ref':
      return seriesOf(node.name, frames);
    case 'unary': {
      const v = evaluate(node.of, frames);
      return each(v, node.op === '-' ? (x) => -x : (x) => Number(x === 0));
    }
    case 'call': {
      const fn = FUNCTIONS[node.name];
      const [arg] = node.args;
      if (!fn || !arg) throw new MathError(`function ${node.name}() is not known`);
      return each(evaluate(arg, frames), fn);
    }
    case 'binary': {
      const fn = OPERATORS[node.op];
      if (!fn) throw new MathError(`operator ${node.op} is not known`);
      return combine(evaluate(node.left, frames), evaluate(node.right, frames), fn);
    }
  }
}

function seriesOf(refId: string, frames: readonly Frame[]): Series[] {
  return frames
    .filter((f) => f.refId === refId)
    .flatMap((f) => {
      const times = timeField(f)?.values ?? [];
      return numberFields(f).map((field) => {
        const points = new Map<number, number>();
        field.values.forEach((v, i) => {
          if (typeof v === 'number') points.set(Number(times[i] ?? 0), v);
        });
        const { __name__: _name, ...labels } = field.labels ?? {};
        return { labels, points };
      });
    });
}

function each(v: Value, fn: (x: number) => number): Value {
  if (typeof v === 'number') return fn(v);
  return v.map((s) => ({ labels: s.labels, points: new Map([...s.points].map(([t, x]) => [t, fn(x)])) }));
}

/** Series join where the labels of one are contained in the labels of the other. */
function combine(a: Value, b: Value, fn: (x: number, y: number) => number): Value {
  if (typeof a === 'number') return typeof b === 'number' ? fn(a, b) : each(b, (y) => fn(a, y));
  if (typeof b === 'number') return each(a, (x) => fn(x, b));
  const out: Series[] = [];
  for (const left of a) {
    for (const right of b) {
      const labels = joined(left.labels, right.labels);
      if (!labels && !(a.length === 1 && b.length === 1)) continue;
      const points = new Map<number, number>();
      for (const [t, x] of left.points) {
        const y = right.points.get(t);
        if (y !== undefined) points.set(t, fn(x, y));
      }
      out.push({ labels: labels ?? left.labels, points });
    }
  }
  return out;
}

function joined(a: Record<string, string>, b: Record<string, string>): Record<string, string> | undefined {
  const inside = (x: Record<string, string>, y: Record<string, string>): boolean => Object.entries(x).every(([k, v]) => y[k] === v);
  if (inside(a, b)) return b;
  return inside(b, a) ? a : undefined;
}

const truth = (b: boolean): number => Number(b);

const OPERATORS: Record<string, (x: number, y: number) => number> = {
  '+': (x, y) => x + y,
  '-': (x, y) => x - y,
  '*': (x, y) => x * y,
  '/': (x, y) => x / y,
  '%': (x, y) => x % y,
  '**': (x, y) => x ** y,
  '==': (x, y) => truth(x === y),
  '!=': (x, y) => truth(x !== y),
  '<': (x, y) => truth(x < y),
  '>': (x, y) => truth(x > y),
  '<=': (x, y) => truth(x <= y),
  '>=': (x, y) => truth(x >= y),
  '&&': (x, y) => truth(x !== 0 && y !== 0),
  '||': (x, y) => truth(x !== 0 || y !== 0),
};

const FUNCTIONS: Record<string, (x: number) => number> = {
  abs: Math.abs,
  log: Math.log,
  round: Math.round,
  ceil: Math.ceil,
  floor: Math.floor,
  is_nan: (x) => truth(Number.isNaN(x)),
  is_inf: (x) => truth(Math.abs(x) === Infinity),
  is_number: (x) => truth(Number.isFinite(x)),
};

const LEVELS: readonly (readonly string[])[] = [['||'], ['&&'], ['==', '!=', '<=', '>=', '<', '>'], ['+', '-'], ['*', '/', '%'], ['**']];

function parse(text: string): Node {
  const tokens = text.match(/\$\{\w+\}|\$\w+|\d+(?:\.\d+)?(?:e[+-]?\d+)?|\*\*|[<>=!]=|&&|\|\||[-+*/%()<>!,]|\w+/gi) ?? [];
  let at = 0;
  const peek = (): string => tokens[at] ?? '';
  const next = (): string => tokens[at++] ?? '';

  const level = (n: number): Node => {
    const ops = LEVELS[n];
    if (!ops) return unary();
    let left = level(n + 1);
    while (ops.includes(peek())) left = { kind: 'binary', op: next(), left, right: level(n + 1) };
    return left;
  };

  const unary = (): Node => {
    if (peek() === '-' || peek() === '!') return { kind: 'unary', op: next(), of: unary() };
    return primary();
  };

  const primary = (): Node => {
    const t = next();
    if (t === '(') {
      const inside = level(0);
      if (next() !== ')') throw new MathError('a closing parenthesis is missing');
      return inside;
    }
    if (t.startsWith('$')) return { kind: 'ref', name: t.replace(/[${}]/g, '') };
    if (/^\d/.test(t)) return { kind: 'number', value: Number(t) };
    if (/^\w+$/.test(t) && peek() === '(') {
      next();
      const args: Node[] = [];
      while (peek() !== ')' && at < tokens.length) {
        args.push(level(0));
        if (peek() === ',') next();
      }
      next();
      return { kind: 'call', name: t, args };
    }
    throw new MathError(t === '' ? 'the expression ends too early' : `'${t}' was not expected`);
  };

  const node = level(0);
  if (at < tokens.length) throw new MathError(`'${peek()}' was not expected`);
  return node;
}
