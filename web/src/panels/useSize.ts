import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';

export interface Size {
  width: number;
  height: number;
}

/** The inner size of an element in CSS pixels, kept up to date; null until it is in the page. */
export function useSize<T extends HTMLElement>(): [RefObject<T | null>, Size | null] {
  const ref = useRef<T>(null);
  const [size, setSize] = useState<Size | null>(null);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const measure = (): void => {
      const next = { width: element.clientWidth, height: element.clientHeight };
      setSize((old) => (old && old.width === next.width && old.height === next.height ? old : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, size];
}

const canvas: { context: CanvasRenderingContext2D | null } = { context: null };

/** Width of a text in pixels at a size, in the page's font. */
export function textWidth(text: string, size: number, weight = 600): number {
  canvas.context ??= document.createElement('canvas').getContext('2d');
  if (!canvas.context) return text.length * size * 0.6;
  canvas.context.font = `${weight} 100px ${FONT}`;
  return (canvas.context.measureText(text).width * size) / 100;
}

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', Arial, sans-serif";

/** The largest font size at which a text fits, between the bounds. */
export function fitText(text: string, width: number, height: number, max: number, min = 10): number {
  const byWidth = (width / Math.max(1, textWidth(text, 100))) * 100;
  return Math.max(min, Math.min(max, byWidth, height));
}
