"""The anchors of headings."""
import re


def anchor(title, separator="-"):
    """As GitHub names the headings, so that the links of the guides work there and on the site."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", separator)
