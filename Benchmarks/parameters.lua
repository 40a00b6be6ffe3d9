-- wrk's requests for parameters: 50 raw ids and a nonce of its own each. VERSION comes from the environment; so does TOKENS, a file
-- with a token a line, all of one length, which the requests bear in turn.
local threads = 0
function setup(thread)
    thread:set("id", threads)
    threads = threads + 1
end

function init()
    math.randomseed(id + 1)
    count = 0
    local path, version = "/v1/models/" .. os.getenv("MODEL") .. "/parameters", os.getenv("VERSION")
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
    tokens = {}
    if os.getenv("TOKENS") then
        for line in io.lines(os.getenv("TOKENS")) do tokens[#tokens + 1] = line end
        wrk.headers["Authorization"] = "Bearer " .. tokens[1]
    end
    -- Made beforehand, all but the token and the count in the nonce, so that the generator of load takes little of the machine.
    heads, middles, tails = {}, {}, {}
    local mark = "0000000000"
    for number = 1, 2000 do
        local ids = {}
        for place = 1, 50 do ids[place] = '"' .. math.random(1, 1300) .. '"' end
        local request = wrk.format(nil, path, nil, string.format('{"version":"%s","nonce":"%d-%d-%s","samples":[%s]}',
            version, os.time(), id, mark, table.concat(ids, ",")))
        local from, to = 1, 0
        if tokens[1] then from, to = request:find(tokens[1], 1, true) end
        local first, last = request:find(mark, to + 1, true)
        heads[number], middles[number] = request:sub(1, from - 1), request:sub(to + 1, first - 1)
        tails[number] = request:sub(last + 1)
    end
end

function request()
    count = count + 1
    local number = count % #heads + 1
    local token = tokens[count % #tokens + 1] or ""
    -- Ten digits, as many as the length of the request counts on.
    return heads[number] .. token .. middles[number] .. (1000000000 + count) .. tails[number]
end

function done(summary, latency)
    io.write(string.format("%.0f requests/s, p50 %.2f ms, p99 %.2f ms, %d refused\n",
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        summary.errors.status))
end
