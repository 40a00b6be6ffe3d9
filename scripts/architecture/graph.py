"""Graphs whose arrows hold an example: `{user: {used: "file:line: name"}}`."""


def circles(arrows):
    """The sets of nodes that reach each other, larger than one, in order (Tarjan)."""
    order, low, stack, found = {}, {}, [], []

    def visit(node):
        order[node] = low[node] = len(order)
        stack.append(node)
        for used in sorted(arrows.get(node, ())):
            if used not in order:
                visit(used)
                low[node] = min(low[node], low[used])
            elif used in stack:
                low[node] = min(low[node], order[used])
        if low[node] == order[node]:
            circle = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(circle) > 1:
                found.append(set(circle))

    for node in sorted(arrows):
        if node not in order:
            visit(node)
    return found


def shortest(circle, arrows):
    """The shortest way round in a circle: [a, b, ..., a]."""
    best = None
    for start in sorted(circle):
        ways = [[start]]
        seen = {start}
        while ways and (best is None or len(ways[0]) < len(best)):
            way = ways.pop(0)
            for used in sorted(arrows.get(way[-1], ())):
                if used == start:
                    best = way + [start]
                    ways = []
                    break
                if used in circle and used not in seen:
                    seen.add(used)
                    ways.append(way + [used])
    return best


def floors(arrows):
    """The nodes from the bottom to the top: a node stands one floor above the highest one that it uses."""
    height = {}
    together = {node: circle for circle in circles(arrows) for node in circle}

    def climb(node):
        if node not in height:
            whole = together.get(node, {node})
            below = [climb(used) for member in whole for used in arrows.get(member, ()) if used not in whole]
            for member in whole:
                height[member] = 1 + max(below, default=-1)
        return height[node]

    for node in arrows:
        climb(node)
    return [sorted(node for node in height if height[node] == level) for level in sorted(set(height.values()))]
