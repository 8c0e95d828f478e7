from structgen.automaton.runtime cimport Runtime

cpdef int spacing(Runtime runtime, object longest) except? -1
cpdef tuple spelled_edge(Runtime runtime, bytes text, int operation, int target, int aux)
