# SPDX-License-Identifier: Apache-2.0
"""How the report looks: large print, black on white, few colours that also differ in grey; made to be printed."""

from __future__ import annotations

STYLE = """
@page{size:A4;margin:18mm 16mm}
*{box-sizing:border-box}
body{margin:0;background:#fff;color:#1a1a1a;font:1.15rem/1.5 "DejaVu Sans",Verdana,Arial,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.8rem;line-height:1.2;margin:0 0 1rem}
h2{font-size:1.35rem;line-height:1.25;margin:2.2rem 0 .7rem;border-bottom:2px solid #1a1a1a;padding-bottom:.2rem}
h3{font-size:1.1rem;margin:0 0 .3rem;overflow-wrap:anywhere}
p{margin:.5rem 0}
.verdict{font-size:1.25rem;padding:1rem 1.2rem;border:3px solid #1a1a1a;border-left-width:14px;background:#f6f6f3}
.verdict strong{display:block;font-size:1.6rem;line-height:1.25;margin-bottom:.4rem}
.verdict.level0{border-color:#17603a}.verdict.level1{border-color:#8a5a00}.verdict.level2{border-color:#9c1c1c}
article{border-left:8px solid #555;padding:.2rem 0 .2rem 1rem;margin:1rem 0;break-inside:avoid}
article.level2{border-color:#9c1c1c}article.level1{border-color:#8a5a00}
article ul{margin:.3rem 0;padding-left:1.2rem;overflow-wrap:anywhere;font-size:1rem}
.rule{font-size:.95rem;color:#444}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:1.05rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .55rem;border-bottom:1px solid #999;overflow-wrap:break-word}
th{border-bottom:2px solid #1a1a1a}
.matrix th{min-width:3.6em}.matrix tbody tr:last-child{font-weight:bold}.prints td{overflow-wrap:anywhere}
.number{text-align:right;font-variant-numeric:tabular-nums}
td.number{white-space:nowrap}
tr{break-inside:avoid}
figure{margin:.5rem 0;break-inside:avoid}
figcaption{font-size:1rem;color:#444}
svg{display:block;width:100%;max-height:34rem}
.owes{stroke:#1f4e79;fill:none}.even{stroke:#999;stroke-width:2;stroke-dasharray:3 7;fill:none}
marker path{fill:#1f4e79}
.seen{fill:#1f4e79}.unseen{fill:#fff;stroke:#8a5a00;stroke-width:4;stroke-dasharray:5 4}
svg text{font:bold 17px "DejaVu Sans",Verdana,Arial,sans-serif;fill:#1a1a1a}
svg .sum{font-size:18px;stroke:#fff;stroke-width:6px;paint-order:stroke}
.signing p{margin-top:4.5rem;border-top:1px solid #1a1a1a;padding-top:.3rem;font-size:1rem}.signing{break-inside:avoid}
.prints table{font:.95rem/1.4 "DejaVu Sans Mono",monospace}
@media(max-width:600px){svg text,svg .sum{font-size:23px}}
@media print{main{max-width:none;padding:0}body{font-size:11.5pt}h1{font-size:1.5rem}
h2{break-after:avoid;margin-top:1.7rem}.verdict{font-size:1.1rem;padding:.7rem 1rem}.verdict strong{font-size:1.4rem}
table{font-size:11pt}th,td{padding:.3rem}.wide{overflow:visible;break-inside:avoid}
.matrix tbody tr:last-child{break-before:avoid}svg{max-height:15rem}.limits{break-inside:avoid}}
"""
