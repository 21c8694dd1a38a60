use super::refuse_new;
use wasmparser::{CanonicalFunction, Parser, Payload, Validator};

/// How many functions make a resource, look one up, and drop one, at every depth.
fn counted(component: &[u8]) -> [usize; 3] {
    let mut counted = [0; 3];
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::ComponentCanonicalSection(section) = payload.unwrap() {
            for function in section {
                match function.unwrap() {
                    CanonicalFunction::ResourceNew { .. } => counted[0] += 1,
                    CanonicalFunction::ResourceRep { .. } => counted[1] += 1,
                    CanonicalFunction::ResourceDrop { .. } => counted[2] += 1,
                    _ => {}
                }
            }
        }
    }
    counted
}

#[test]
fn nothing_makes_a_resource_any_more_at_any_depth_and_all_else_stays() {
    let own =
        "(type (resource (rep i32))) (core func (canon resource.new 0)) (core func (canon resource.drop 0))
        (core func (canon resource.rep 0)) (core func (canon resource.new 0))";
    let text = format!("(component (component (component {own}) {own}) {own})");
    let mut component = wat::parse_str(text).unwrap();
    let before = component.len();
    assert_eq!(counted(&component), [6, 3, 3]);
    refuse_new(&mut component).unwrap();
    assert_eq!(counted(&component), [0, 9, 3]);
    assert_eq!(component.len(), before);
    Validator::new().validate_all(&component).unwrap();
}
