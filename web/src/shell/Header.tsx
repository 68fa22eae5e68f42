import { Icon, type IconName } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { route } from './router';
import type { Route } from './routes';
import { chooseTheme, themeChoice, type ThemeChoice } from './theme';

interface NavItem {
  label: string;
  href: string;
  icon: IconName;
  pages: readonly Route['page'][];
}

const NAV: readonly NavItem[] = [
  { label: 'Home', href: './', icon: 'home', pages: ['home'] },
  { label: 'Query', href: 'prometheus/query', icon: 'query', pages: ['query'] },
  { label: 'Dashboards', href: 'grafana/', icon: 'dashboard', pages: ['dashboards', 'dashboard'] },
  { label: 'Targets', href: 'prometheus/targets', icon: 'target', pages: ['targets'] },
  { label: 'Status', href: 'prometheus/status', icon: 'status', pages: ['status'] },
];

export function Header() {
  const page = route.value.page;
  return (
    <header class="shell-header">
      <a class="brand" href="./" aria-label="meterbox, home">
        <Logo />
        <span>meterbox</span>
      </a>
      <nav class="nav" aria-label="Main">
        {NAV.map((item) => (
          <a key={item.href} href={item.href} aria-current={item.pages.includes(page) ? 'page' : undefined}>
            <Icon name={item.icon} />
            {item.label}
          </a>
        ))}
      </nav>
      <ThemeMenu />
    </header>
  );
}

function Logo() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <rect width="24" height="24" rx="6" fill="var(--accent-strong)" />
      <path d="M5 15a7 7 0 0 1 14 0M12 15l3.5-4.5" fill="none" stroke="var(--on-accent)" stroke-width="2.2" stroke-linecap="round" />
    </svg>
  );
}

const THEMES: ReadonlyArray<{ choice: ThemeChoice; label: string; icon: IconName }> = [
  { choice: 'auto', label: 'Like the system', icon: 'auto' },
  { choice: 'light', label: 'Light', icon: 'sun' },
  { choice: 'dark', label: 'Dark', icon: 'moon' },
];

function ThemeMenu() {
  const chosen = themeChoice.value;
  const icon = THEMES.find((t) => t.choice === chosen)?.icon ?? 'auto';
  return (
    <Menu label="Theme" align="right" buttonClass="ghost icon-only" button={<Icon name={icon} />}>
      {(close) => (
        <div role="menu" aria-label="Theme">
          {THEMES.map((t) => (
            <button
              type="button"
              key={t.choice}
              class="menu-item"
              role="menuitemradio"
              aria-checked={t.choice === chosen}
              onClick={() => {
                chooseTheme(t.choice);
                close();
              }}
            >
              <Icon name={t.icon} />
              {t.label}
            </button>
          ))}
        </div>
      )}
    </Menu>
  );
}
