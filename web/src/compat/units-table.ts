/**
 * Every unit id of Grafana with how it is written, as compact rows. `kind` decides the algorithm in units.ts:
 * fix = number and suffix, si = decimal prefixes, bin = 1024 prefixes, count = K M B T, cur = money.
 */

/** `id|suffix` */
const FIXED = `humidity|%H
dB|dB
pixel|px
accMS2|m/sec²
accFS2|f/sec²
accG|g
degree|°
radian|rad
grad|grad
arcmin|arcmin
arcsec|arcsec
areaM2|m²
areaF2|ft²
areaMI2|mi²
acres|ac
hectares|ha
ppm|ppm
conppb|ppb
conngm3|ng/m³
conngNm3|ng/Nm³
conμgm3|μg/m³
conμgNm3|μg/Nm³
conmgm3|mg/m³
conmgNm3|mg/Nm³
congm3|g/m³
congNm3|g/Nm³
conmgdL|mg/dL
conmmolL|mmol/L
dBm|dbm
flowgpm|gpm
flowcms|cms
flowcfs|cfs
flowcfm|cfm
litreh|L/h
flowlpm|L/min
flowmlpm|mL/min
lux|lux
masslb|lb
masst|t
lengthcm|cm
lengthin|in
lengthft|ft
lengthmi|mi
pressurehpa|hPa
pressurekpa|kPa
pressurehg|"Hg
rotrpm|rpm
rotrads|rad/s
rotdegs|°/s
celsius|°C
fahrenheit|°F
kelvin|K
velocityms|m/s
velocitykmh|km/h
velocitymph|mph
velocityknot|kn
m3|m³
Nm3|Nm³
dm3|dm³
gallons|gal`;

/** `id|unit with the prefix it starts from`; a `*` after the prefix separates the two where the id begins above or below one. */
const SI = `sishort|*
candela|*cd
flops|*FLOPS
mflops|M*FLOPS
gflops|G*FLOPS
tflops|T*FLOPS
pflops|P*FLOPS
eflops|E*FLOPS
zflops|Z*FLOPS
yflops|Y*FLOPS
decbytes|*B
decbits|*b
deckbytes|k*B
decmbytes|M*B
decgbytes|G*B
dectbytes|T*B
decpbytes|P*B
pps|*p/s
Bps|*B/s
bps|*b/s
KBs|k*B/s
Kbits|k*b/s
MBs|M*B/s
Mbits|M*b/s
GBs|G*B/s
Gbits|G*b/s
TBs|T*B/s
Tbits|T*b/s
PBs|P*B/s
Pbits|P*b/s
watt|*W
kwatt|k*W
megwatt|M*W
gwatt|G*W
mwatt|m*W
Wm2|*W/m²
voltamp|*VA
kvoltamp|k*VA
voltampreact|*VAr
kvoltampreact|k*VAr
watth|*Wh
watthperkg|*Wh/kg
kwatth|k*Wh
kwattm|k*W-Min
mwatth|M*Wh
amph|*Ah
kamph|k*Ah
mamph|m*Ah
joule|*J
ev|*eV
amp|*A
kamp|k*A
mamp|m*A
volt|*V
kvolt|k*V
mvolt|m*V
mohm|m*Ω
ohm|*Ω
kohm|k*Ω
Mohm|M*Ω
farad|*F
µfarad|µ*F
nfarad|n*F
pfarad|p*F
ffarad|f*F
henry|*H
mhenry|m*H
µhenry|µ*H
lumens|*Lm
forceNm|*Nm
forcekNm|k*Nm
forceN|*N
forcekN|k*N
Hs|*H/s
KHs|k*H/s
MHs|M*H/s
GHs|G*H/s
THs|T*H/s
PHs|P*H/s
EHs|E*H/s
massmg|m*g
massg|*g
masskg|k*g
lengthmm|m*m
lengthm|*m
lengthkm|k*m
pressurembar|m*bar
pressurebar|*bar
pressurekbar|k*bar
pressurepa|*Pa
radbq|*Bq
radci|*Ci
radgy|*Gy
radrad|*rad
radsv|*Sv
radmsv|m*Sv
radusv|µ*Sv
radrem|*rem
radexpckg|*C/kg
radr|*R
radsvh|*Sv/h
radmsvh|m*Sv/h
radusvh|µ*Sv/h
rothz|*Hz
rotkhz|k*Hz
rotmhz|M*Hz
rotghz|G*Hz
hertz|*Hz
mlitre|m*L
litre|*L`;

/** `id|power of 1024 it starts from|unit` */
const BINARY = `bytes|0|B
bits|0|b
kbytes|1|B
mbytes|2|B
gbytes|3|B
tbytes|4|B
pbytes|5|B
binBps|0|B/s
binbps|0|b/s
KiBs|1|B/s
Kibits|1|b/s
MiBs|2|B/s
Mibits|2|b/s
GiBs|3|B/s
Gibits|3|b/s
TiBs|4|B/s
Tibits|4|b/s
PiBs|5|B/s
Pibits|5|b/s`;

const COUNT = `cps|c/s
ops|ops/s
reqps|req/s
rps|rd/s
wps|wr/s
iops|io/s
eps|evt/s
mps|msg/s
recps|rec/s
rowsps|rows/s
cpm|c/m
opm|ops/m
reqpm|req/m
rpm|rd/m
wpm|wr/m
epm|evts/m
mpm|msgs/m
recpm|rec/m
rowspm|rows/m`;

/** `id tail|symbol`, with `>` before a symbol that follows the number. */
const CURRENCY = `USD|$
GBP|£
EUR|€
JPY|¥
RUB|₽
UAH|₴
BRL|R$
DKK|>kr
ISK|>kr
NOK|>kr
SEK|>kr
CZK|czk
CHF|CHF
PLN|PLN
BTC|฿
mBTC|mBTC
μBTC|μBTC
ZAR|R
INR|₹
KRW|₩
IDR|Rp
PHP|PHP
VND|>đ
TRY|>₺
MYR|RM
XPF|XPF
BGN|BGN
PYG|₲
UYU|UYU
ILS|₪`;

export type UnitRow =
  | { kind: 'fix'; unit: string }
  | { kind: 'si'; prefix: string; unit: string }
  | { kind: 'bin'; power: number; unit: string }
  | { kind: 'count'; unit: string }
  | { kind: 'cur'; unit: string; after: boolean };

/** Splits an SI unit into its prefix and the rest: 'kB' → 'k' and 'B'. Used for the free form `si:kB` too. */
export function siRow(text: string): UnitRow {
  const cut = text.indexOf('*');
  return { kind: 'si', prefix: text.slice(0, cut), unit: text.slice(cut + 1) };
}

function buildTable(): Map<string, UnitRow> {
  const table = new Map<string, UnitRow>();
  const rows = (text: string): string[][] => text.split('\n').map((line) => line.split('|'));
  for (const [id = '', unit = ''] of rows(FIXED)) table.set(id, { kind: 'fix', unit });
  for (const [id = '', unit = ''] of rows(SI)) table.set(id, siRow(unit));
  for (const [id = '', power = '', unit = ''] of rows(BINARY)) table.set(id, { kind: 'bin', power: Number(power), unit });
  for (const [id = '', unit = ''] of rows(COUNT)) table.set(id, { kind: 'count', unit });
  for (const [tail = '', symbol = ''] of rows(CURRENCY)) {
    const after = symbol.startsWith('>');
    table.set('currency' + tail, { kind: 'cur', unit: after ? symbol.slice(1) : symbol, after });
  }
  return table;
}

export const UNIT_TABLE = buildTable();
