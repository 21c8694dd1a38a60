//! The plugins and samples travel inside the binary: when they change, it is built again.

fn main() {
    for folder in ["samples", "../../plugins/built"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
