//! Path texts: what `posixpath` has in C.

use vitrine_vm::Vm;
use vitrine_vm::object::{MethodDef, Ref};

use crate::native::{fs_path, os_fspath};

pub(super) const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new("_path_normpath", "($module, /, path)", "", |vm, a| {
        let path = os_fspath(vm, &a[1])?;
        let text = fs_path(vm, &path)?;
        let text = normalized(&text);
        Ok(alike(vm, &path, &text))
    }),
    MethodDef::new("_path_splitroot_ex", "($module, path, /)", "", |vm, a| {
        let path = os_fspath(vm, &a[1])?;
        let text = fs_path(vm, &path)?;
        let slashes = text.len() - text.trim_start_matches('/').len();
        let root = match slashes {
            0 => 0,
            2 => 2,
            _ => 1,
        };
        let parts = ["", &text[..root], &text[root..]].map(|part| alike(vm, &path, part));
        Ok(vm.new_tuple(parts.to_vec()))
    }),
    MethodDef::new("_inputhook", "($module, /)", "", |_, _| Ok(Ref::none())),
];

/// A text as the same kind of path as another.
fn alike(vm: &mut Vm, path: &Ref, text: &str) -> Ref {
    if path.as_str().is_some() {
        vm.new_str(text)
    } else {
        vm.new_bytes(text.as_bytes())
    }
}

/// Without `.`, `..` and needless slashes.
pub(super) fn normalized(path: &str) -> String {
    let slashes = path.len() - path.trim_start_matches('/').len();
    let root = match slashes {
        0 => "",
        2 => "//",
        _ => "/",
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|&last| last != "..") => {
                parts.pop();
            }
            ".." if !root.is_empty() => {}
            part => parts.push(part),
        }
    }
    let text = format!("{root}{}", parts.join("/"));
    if text.is_empty() {
        ".".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn normalizing() {
        for (path, expected) in [
            ("", "."),
            ("a//b/./c/..", "a/b"),
            ("/../a", "/a"),
            ("//a", "//a"),
            ("///a/", "/a"),
            ("../../x", "../../x"),
            ("a/..", "."),
        ] {
            assert_eq!(super::normalized(path), expected, "{path}");
        }
    }
}
