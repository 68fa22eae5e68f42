import { useEffect, useRef, useState } from 'preact/hooks';
import { wasAborted, type Answer, type ApiError } from './client';

export interface Loaded<T> {
  /** The last good answer; stays while a newer one is on its way or has failed. */
  data: T | null;
  error: ApiError | null;
  loading: boolean;
  reload: () => void;
}

/** Asks when the component appears, when `key` changes and on `reload()`; the latest request wins. */
export function useAnswer<T>(key: string, ask: (signal: AbortSignal) => Promise<Answer<T>>): Loaded<T> {
  const [state, setState] = useState<{ key: string; data: T | null; error: ApiError | null; loading: boolean }>({
    key,
    data: null,
    error: null,
    loading: true,
  });
  const [count, setCount] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;

  useEffect(() => {
    const abort = new AbortController();
    setState((before) => (before.key === key ? { ...before, loading: true } : { key, data: null, error: null, loading: true }));
    void latest.current(abort.signal).then((answer) => {
      if (abort.signal.aborted || wasAborted(answer)) return;
      setState((before) =>
        answer.ok
          ? { key, data: answer.data, error: null, loading: false }
          : { key, data: before.data, error: answer.error, loading: false },
      );
    });
    return () => abort.abort();
  }, [key, count]);

  return { data: state.data, error: state.error, loading: state.loading, reload: () => setCount((n) => n + 1) };
}
