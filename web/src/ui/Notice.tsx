import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './Icon';

const ICONS: Record<'bad' | 'warn' | 'info', IconName> = { bad: 'error', warn: 'warn', info: 'info' };

/** A message in the page's flow. Errors are announced at once, the rest politely. */
export function Notice(props: { kind: 'bad' | 'warn' | 'info'; title?: string; children: ComponentChildren }) {
  return (
    <div class={`notice ${props.kind}`} role={props.kind === 'bad' ? 'alert' : 'status'}>
      <Icon name={ICONS[props.kind]} />
      <div class="grow">
        {props.title !== undefined && <strong>{props.title}: </strong>}
        {props.children}
      </div>
    </div>
  );
}

/** What stands where data would be: why there is none, and what to do. */
export function Empty(props: { icon?: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={props.icon ?? 'info'} />
      <h3>{props.title}</h3>
      {props.children !== undefined && <div>{props.children}</div>}
    </div>
  );
}

/** While something is on its way. */
export function Loading(props: { label?: string }) {
  return (
    <div class="empty" role="status">
      <span class="spinner" />
      <span>{props.label ?? 'Loading'}</span>
    </div>
  );
}
