"""Pages of HTML as tests read them."""

from html.parser import HTMLParser

_EMPTY = {"img", "input", "link", "meta"}


class Page(HTMLParser):
    """The elements of a page in their order: tag, attributes, and the text in them and in what they hold."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self._open = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, name, attributes):
        element = {"tag": name, "text": "", **dict(attributes)}
        self.elements.append(element)
        if name not in _EMPTY:
            self._open.append(element)

    def handle_endtag(self, name):
        assert self._open.pop()["tag"] == name

    def handle_data(self, data):
        for element in self._open:
            element["text"] += data

    def all(self, name):
        """The elements of this name."""
        return [element for element in self.elements if element["tag"] == name]

    def texts(self, name):
        """What each of them says."""
        return [" ".join(element["text"].split()) for element in self.all(name)]

    @property
    def facts(self):
        """Definitions by their terms."""
        return dict(zip(self.texts("dt"), self.texts("dd"), strict=True))

    @property
    def candidates(self):
        """The rows of the first table, by the heads of its columns."""
        heads, rows = [], []
        for element in self.elements[self.elements.index(self.all("table")[0]) :]:
            if element["tag"] == "details":
                break
            if element["tag"] == "tr":
                rows.append([])
            elif element["tag"] == "th" and element.get("scope") == "col":
                heads.append(element["text"])
            elif element["tag"] in ("th", "td"):
                rows[-1].append(element["text"])
        return [dict(zip(heads, row, strict=True)) for row in rows[1:]]
