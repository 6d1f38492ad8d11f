//! Pages as a browser's parser reads them.

use html5ever::{ParseOpts, parse_document, tendril::TendrilSink};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use reqwest::header;

use crate::support::Server;

/// An element, with the text of everything in it.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) text: String,
    attributes: Vec<(String, String)>,
    /// Places in the list of those that it is in, outermost first.
    ancestors: Vec<usize>,
}

impl Element {
    /// The value of an attribute.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// All elements of a page, in the order of the document.
pub(crate) struct Html(Vec<Element>);

impl Html {
    pub(crate) fn parse(text: &str) -> Self {
        let dom = parse_document(RcDom::default(), ParseOpts::default()).one(text);
        let mut elements = Vec::new();
        collect(&dom.document, &[], &mut elements);
        Self(elements)
    }

    /// The elements for which something is so.
    pub(crate) fn all(&self, is_so: impl Fn(&Element) -> bool) -> Vec<&Element> {
        self.0.iter().filter(|element| is_so(element)).collect()
    }

    /// The elements of a name inside of those for which something is so.
    pub(crate) fn within(&self, is_so: impl Fn(&Element) -> bool, name: &str) -> Vec<&Element> {
        let is_inside = |element: &Element| element.ancestors.iter().any(|at| is_so(&self.0[*at]));
        self.0.iter().filter(|element| element.name == name && is_inside(element)).collect()
    }

    /// The only element with an id.
    pub(crate) fn id(&self, id: &str) -> &Element {
        let found = self.all(|element| element.get("id") == Some(id));
        assert_eq!(found.len(), 1, "elements with the id {id}");
        found[0]
    }
}

fn collect(node: &Handle, ancestors: &[usize], elements: &mut Vec<Element>) {
    let mut ancestors = ancestors.to_vec();
    match &node.data {
        NodeData::Text { contents } => {
            for at in &ancestors {
                elements[*at].text.push_str(&contents.borrow());
            }
        }
        NodeData::Element { name, attrs, template_contents, .. } => {
            let attributes = attrs.borrow();
            let attributes = attributes.iter().map(|one| (one.name.local.to_string(), one.value.to_string()));
            elements.push(Element {
                name: name.local.to_string(),
                text: String::new(),
                attributes: attributes.collect(),
                ancestors: ancestors.clone(),
            });
            ancestors.push(elements.len() - 1);
            if let Some(contents) = &*template_contents.borrow() {
                collect(contents, &ancestors, elements);
            }
        }
        _ => {}
    }
    for child in node.children.borrow().iter() {
        collect(child, &ancestors, elements);
    }
}

/// Loads a page.
pub(crate) async fn page(server: &Server, address: &str) -> Html {
    let response = server.get(address).await;
    let content_type = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
    let text = response.text().await.unwrap();
    assert!(content_type.starts_with("text/html"), "{address}: {content_type}: {text}");
    Html::parse(&text)
}
