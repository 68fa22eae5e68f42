import type { ComponentType } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { Empty } from '../ui/Notice';

const loaded = new Map<string, unknown>();

/** A page whose code comes when it is first shown. After an upgrade of the server the old file is gone: reload. */
export function LazyPage<P extends object>(props: { name: string; load: () => Promise<ComponentType<P>>; props: P }) {
  const { name, load } = props;
  const known = loaded.get(name) as ComponentType<P> | undefined;
  const [, setReady] = useState(0);
  const [failed, setFailed] = useState(false);

  // Before the paint: the request should be on its way while the frame is drawn.
  useLayoutEffect(() => {
    if (loaded.has(name)) return undefined;
    let gone = false;
    setFailed(false);
    load().then(
      (component) => {
        loaded.set(name, component);
        if (!gone) setReady((n) => n + 1);
      },
      () => {
        if (!gone) setFailed(true);
      },
    );
    return () => {
      gone = true;
    };
  }, [name]);

  if (known) {
    const Component = known;
    return <Component key={name} {...props.props} />;
  }
  if (failed) {
    return (
      <Empty icon="error" title="This page could not be loaded">
        <p>The server may have been upgraded or cannot be reached.</p>
        <button type="button" class="btn primary" onClick={() => window.location.reload()}>
          Reload
        </button>
      </Empty>
    );
  }
  return <div class="load-bar" role="status" aria-label="Loading" />;
}
