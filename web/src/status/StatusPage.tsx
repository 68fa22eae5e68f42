import type { StatusSection } from '../shell/routes';
import { ConfigSection } from './ConfigSection';
import { FlagsSection } from './FlagsSection';
import { RuntimeSection } from './RuntimeSection';
import { TsdbSection } from './TsdbSection';

const SECTIONS: ReadonlyArray<{ section: StatusSection; label: string; href: string }> = [
  { section: 'runtime', label: 'Runtime and build', href: 'prometheus/status' },
  { section: 'tsdb', label: 'Storage', href: 'prometheus/tsdb' },
  { section: 'flags', label: 'Flags', href: 'prometheus/flags' },
  { section: 'config', label: 'Configuration', href: 'prometheus/config' },
];

/** `/prometheus/status` and the sections beside it. */
export function StatusPage(props: { section: StatusSection }) {
  return (
    <div class="page">
      <h1>Status</h1>
      <nav class="tabs" aria-label="Status">
        {SECTIONS.map(({ section, label, href }) => (
          <a key={section} class="tab" href={href} aria-current={section === props.section ? 'page' : undefined}>
            {label}
          </a>
        ))}
      </nav>
      <Section section={props.section} />
    </div>
  );
}

function Section(props: { section: StatusSection }) {
  switch (props.section) {
    case 'runtime':
      return <RuntimeSection />;
    case 'tsdb':
      return <TsdbSection />;
    case 'flags':
      return <FlagsSection />;
    case 'config':
      return <ConfigSection />;
  }
}
