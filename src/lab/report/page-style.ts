/** How the page looks: light or dark as the system is, one column on a phone, without the dark on paper. */
export const pageStyle = `
:root{--paper:#fff;--ink:#18202c;--faint:#5b6678;--line:#d5dbe5;--soft:#f3f5f9;--mark:#0072b2}
@media (prefers-color-scheme:dark){:root{--paper:#12161d;--ink:#e9edf4;--faint:#a3aec0;--line:#343d4b;--soft:#1b212b;--mark:#5cb3ea}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1000px;margin:0 auto;padding:24px 16px 48px}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .3em}
h2{font-size:1.2rem;margin:2em 0 .6em}
.question{color:var(--faint);margin:0 0 1.2em}
.summary{display:grid;grid-template-columns:max-content 1fr;gap:.5em 1.2em;margin:0;padding:14px 16px;background:var(--soft);border-left:4px solid var(--mark)}
.summary dt{font-weight:600}
.summary dd{margin:0}
.remarks{padding-left:1.2em;color:var(--faint)}
.table{overflow-x:auto;margin:0 0 1em}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--faint);padding-bottom:.5em}
th,td{padding:5px 14px 5px 0;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}
th{font-weight:600}
th:first-child{text-align:left}
tbody th{font-weight:400;min-width:9em}
.detail th:first-child{padding-left:1.2em;color:var(--faint)}
small{color:var(--faint);font-size:.85em;white-space:nowrap}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:16px}
.pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,220px),1fr));gap:16px}
figure{margin:0 0 12px;max-width:640px}
figure svg,figure img{max-width:100%;height:auto;display:block}
figure svg{width:100%}
figcaption{color:var(--faint);font-size:.85rem;margin-top:.3em}
.provenance td,.provenance th{text-align:left;color:var(--faint);font-size:.8rem;overflow-wrap:anywhere}
#pointed{position:fixed;z-index:1;max-width:180px;padding:6px 8px;background:var(--soft);border:1px solid var(--line);font-size:.8rem;pointer-events:none}
#pointed img{display:block;max-width:160px;margin-top:4px}
@media (max-width:560px){.summary{grid-template-columns:1fr;gap:0}.summary dd{margin-bottom:.7em}h1{font-size:1.4rem}}
@media print{:root{--paper:#fff;--ink:#000;--faint:#333;--line:#bbb;--soft:#fff}main{max-width:none;padding:0}figure,tr{break-inside:avoid}h2{break-after:avoid}.table{overflow:visible}}
`;
