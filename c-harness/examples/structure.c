#include <stdio.h>

#include "hello.h"

int main(void) {
    HelloRoot root = hello_root(2.25);
    printf("%g has the root %g, %s\n", root.value, root.root, root.exact ? "exactly" : "rounded");

    root = hello_root(2.0);
    printf("%g has the root %g, %s\n", root.value, root.root, root.exact ? "exactly" : "rounded");

    root = hello_root(-4.0);
    printf("%g has %s\n", root.value, root.root == root.root ? "a root" : "no root");
    return 0;
}
