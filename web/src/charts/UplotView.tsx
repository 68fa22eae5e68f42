import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { theme } from '../shell/theme';
import type { ChartOptions } from './options';

/**
 * A uPlot chart that fills its parent box. New data goes into the living chart; only a changed `structure`
 * (series added, stacking switched) or a changed theme builds a new one.
 */
export function UplotView(props: {
  /** Makes the options; called again whenever `structure` or the theme changes. */
  build: () => ChartOptions;
  structure: string;
  data: uPlot.AlignedData;
  class?: string;
  /** Accessible name; the data itself must also be in the DOM (legend or table). */
  label: string;
  onReady?: (chart: uPlot | null) => void;
  /** After the first drawing and every later one. */
  onDrawn?: () => void;
}) {
  const { build, structure, data } = props;
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const drawnData = useRef<uPlot.AlignedData | null>(null);
  const callbacks = useRef(props);
  callbacks.current = props;
  const shade = theme.value;

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const options = build();
    const drawn = { hooks: { draw: [() => callbacks.current.onDrawn?.()] } };
    const made = new uPlot({ ...options, ...sizeOf(element), plugins: [...(options.plugins ?? []), drawn] }, data, element);
    chart.current = made;
    drawnData.current = data;
    callbacks.current.onReady?.(made);
    return () => {
      callbacks.current.onReady?.(null);
      made.destroy();
      chart.current = null;
    };
  }, [structure, shade]);

  useLayoutEffect(() => {
    if (chart.current && drawnData.current !== data) {
      drawnData.current = data;
      chart.current.setData(data);
    }
  }, [data]);

  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => {
      const made = chart.current;
      const size = sizeOf(element);
      if (made && (made.width !== size.width || made.height !== size.height)) made.setSize(size);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  return <div ref={box} class={`chart-box ${props.class ?? ''}`} role="img" aria-label={props.label} />;
}

function sizeOf(element: HTMLElement): { width: number; height: number } {
  return { width: Math.max(element.clientWidth, 40), height: Math.max(element.clientHeight, 40) };
}
