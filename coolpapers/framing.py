"""Which places let their PDFs be shown in a frame of another site's page.

Pure. The policy of every page (settings.CONTENT_SECURITY_POLICY) and what [PDF] does (js/pdf.js) come of this table. A
browser does not tell a page that a frame was refused, so only places are listed of which nothing speaks against it;
[PDF] of all others, and of all on a phone, opens a new tab, and above each frame stands a link that does.
"""

FRAMED_HOSTS = (
    "arxiv.org",
    "aclanthology.org",
    "openaccess.thecvf.com",
    "papers.miccai.org",
    "proceedings.iclr.cc",
    "proceedings.mlr.press",
    "proceedings.mlsys.org",
    "proceedings.neurips.cc",
    "www.ecva.net",
    "www.ijcai.org",
    "www.isca-archive.org",
    "www.ndss-symposium.org",
    "www.usenix.org",
)

NOT_FRAMED = {
    "openreview.net": "asks some readers to prove that they are people, which a frame can't show",
    "ojs.aaai.org": "sends files to be saved, not to be shown",
    "raw.githubusercontent.com": "refuses frames; PMLR keeps newer volumes there",
}
