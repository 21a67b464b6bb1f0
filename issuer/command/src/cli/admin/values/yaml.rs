//! YAML as a tree of texts, with what the checks need to know about each.

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::ValueError;

/// How deep lists and objects may be nested.
const MAX_DEPTH: usize = 100;

/// A piece of YAML: the start or the end of a list or an object, or a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Mark(&'static str),
    /// A text, and whether it has quotation marks or is a block.
    Text(String, bool),
}

/// A value of YAML.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A text, and whether it has quotation marks or is a block. YAML reads other texts as numbers, truth values and the like.
    Text(String, bool),
    List(Vec<Self>),
    /// The fields in their order. A name that is not a text is empty.
    Object(Vec<(String, Self)>),
    /// An alias.
    Other,
}

impl Node {
    /// The field `name` of an object.
    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        let Self::Object(fields) = self else { return None };
        fields.iter().find(|(own, _)| own == name).map(|(_, node)| node)
    }

    /// The field at `path`.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, name| node.field(name))
    }

    /// The members of a list; those of any other value are none.
    pub(super) fn members(&self) -> &[Self] {
        if let Self::List(members) = self { members } else { &[] }
    }

    /// The text of a field.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        if let Some(Self::Text(text, _)) = self.field(name) { Some(text) } else { None }
    }
}

/// The pieces of a text.
pub(super) fn pieces(yaml: &str) -> Result<Vec<Piece>, ValueError> {
    let mut pieces = Vec::new();
    let mut parser = Parser::new_from_str(yaml);
    while let Some(event) = parser.next_event() {
        let (event, _) = event.map_err(|error| ValueError::NotYaml(error.marker().line()))?;
        pieces.push(match event {
            Event::Scalar(text, style, ..) => Piece::Text(text.into_owned(), style != ScalarStyle::Plain),
            Event::SequenceStart(..) => Piece::Mark("["),
            Event::SequenceEnd => Piece::Mark("]"),
            Event::MappingStart(..) => Piece::Mark("{"),
            Event::MappingEnd => Piece::Mark("}"),
            Event::Alias(_) => Piece::Mark("*"),
            _ => Piece::Mark("-"),
        });
    }
    Ok(pieces)
}

/// The tree of a text's pieces: a list of its documents.
pub(super) fn tree(pieces: &[Piece]) -> Result<Node, ValueError> {
    // Lists and objects that have not ended; an object with the name of the field that comes next.
    let mut open: Vec<(Node, Option<String>)> = vec![(Node::List(Vec::new()), None)];
    for piece in pieces {
        let complete = match piece {
            Piece::Mark("[") => {
                start(&mut open, Node::List(Vec::new()))?;
                continue;
            }
            Piece::Mark("{") => {
                start(&mut open, Node::Object(Vec::new()))?;
                continue;
            }
            Piece::Mark("]" | "}") => open.pop().map_or(Node::Other, |(node, _)| node),
            Piece::Mark("*") => Node::Other,
            Piece::Mark(_) => continue,
            Piece::Text(text, quoted) => Node::Text(text.clone(), *quoted),
        };
        if let Some(innermost) = open.last_mut() {
            add(innermost, complete);
        }
    }
    Ok(open.pop().map_or(Node::Other, |(node, _)| node))
}

fn start(open: &mut Vec<(Node, Option<String>)>, node: Node) -> Result<(), ValueError> {
    if open.len() > MAX_DEPTH {
        return Err(ValueError::TooDeep);
    }
    open.push((node, None));
    Ok(())
}

fn add((into, name): &mut (Node, Option<String>), node: Node) {
    match into {
        Node::List(members) => members.push(node),
        Node::Object(fields) => match (name.take(), node) {
            (Some(name), node) => fields.push((name, node)),
            (None, Node::Text(text, _)) => *name = Some(text),
            (None, _) => *name = Some(String::new()),
        },
        Node::Text(..) | Node::Other => {}
    }
}
