/* The capsules in which Python objects hand over a struct of the Arrow C data interface, for the module of
 * a library that declares it. The builder puts the struct's name in the place of STRUCT, and that of its
 * capsules in the place of NAME. CFFI hands over no objects: these functions take the address of one, which
 * is its id(). */

/* Returns what is in a capsule, and NULL if that is none of this kind. */
static struct STRUCT *python_STRUCT(intptr_t capsule);

/* Appends a new capsule to a list and returns what is in it: an empty struct, or one that shares the memory
 * of that in another capsule, which it keeps. A capsule releases its struct in the end, unless it was moved
 * out. Nested columns cannot be shared: parts of them can be moved out, too. */
static struct STRUCT *python_new_STRUCT(intptr_t list, intptr_t owner);

static struct STRUCT *python_STRUCT(intptr_t capsule) {
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *object = (PyObject *)capsule;
    int is_one = PyCapsule_IsValid(object, "NAME");
    struct STRUCT *inside = is_one ? PyCapsule_GetPointer(object, "NAME") : NULL;
    PyGILState_Release(state);
    return inside;
}

static void python_free_STRUCT(PyObject *capsule) {
    struct STRUCT *inside = python_STRUCT((intptr_t)capsule);
    if (inside->release != NULL) {
        inside->release(inside);
    }
    free(inside);
}

static void python_release_STRUCT(struct STRUCT *shared) {
    shared->release = NULL;
    if (Py_IsInitialized()) {
        PyGILState_STATE state = PyGILState_Ensure();
        Py_DECREF((PyObject *)shared->private_data);
        PyGILState_Release(state);
    }
}

static struct STRUCT *python_new_STRUCT(intptr_t list, intptr_t owner) {
    PyGILState_STATE state = PyGILState_Ensure();
    struct STRUCT *inside = calloc(1, sizeof(struct STRUCT));
    PyObject *capsule = inside ? PyCapsule_New(inside, "NAME", python_free_STRUCT) : NULL;
    if (capsule == NULL) {
        free(inside);
    } else if (owner != 0) {
        *inside = *python_STRUCT(owner);
        inside->private_data = (PyObject *)owner;
        inside->release = python_release_STRUCT;
        Py_INCREF((PyObject *)owner);
    }
    if (capsule == NULL || PyList_Append((PyObject *)list, capsule) != 0) {
        PyErr_Clear();
        inside = NULL;
    }
    Py_XDECREF(capsule);
    PyGILState_Release(state);
    return inside;
}
