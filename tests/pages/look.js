// What the tests ask of a page as it stands, in words that Chromium 78 understands.
() => {
    const width = document.documentElement.clientWidth
    const all = [...document.body.querySelectorAll('*')]
    const short = element => element.outerHTML.slice(0, 80)
    const box = element => element.getBoundingClientRect()
    const first = selector => document.querySelector(selector)
    const bottom = selector => first(selector) && box(first(selector)).bottom
    const size = selector => first(selector) && [box(first(selector)).width, box(first(selector)).height]
    const padding = selector => first(selector) &&
        ['Top', 'Right', 'Bottom', 'Left'].map(side => parseFloat(getComputedStyle(first(selector))[`padding${side}`]))
    const written = all.filter(element => !element.matches('textarea') && [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    const out = all.filter(element => box(element).left < -0.5 || box(element).right > width + 0.5)
    // A mark before an item, and a choice that does not begin a line of its own.
    const marked = [...document.querySelectorAll('main .column li')].filter(element => getComputedStyle(element).listStyleType !== 'none' &&
        box(element).left < 32 + box(element.closest('.column')).left)
    const choices = [...document.querySelectorAll('label.choice')]
    const together = choices.filter((element, at) => at && box(element).top < box(choices[at - 1]).bottom - 1)
    const pushed = document.documentElement.scrollWidth - width
    const isHidden = element => {
        const node = [...element.childNodes].find(one => one.nodeType === 3 && one.data.trim())
        const range = document.createRange()
        range.selectNodeContents(node)
        const [place] = range.getClientRects()
        if (!place) return true
        scrollTo(0, scrollY + place.top - innerHeight / 2)
        const seen = range.getClientRects()[0]
        const top = document.elementFromPoint(seen.left + Math.min(seen.width / 2, 6), seen.top + seen.height / 2)
        return !top || !(top.contains(element) || element.contains(top))
    }
    const isCut = element => !element.matches('input, textarea') && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== 'visible'
    const lines = node => {
        const range = document.createRange()
        range.selectNodeContents(node)
        return new Set([...range.getClientRects()].map(place => Math.round(place.top / 4))).size
    }
    const pieces = [...document.querySelectorAll('main .phone, footer .phone, .host')].reduce((found, one) => [...found, ...one.childNodes], [])
    const split = pieces.filter(node => node.nodeType === 3 && node.data.trim() && lines(node) > 1).map(node => node.data)
    const links = [...document.querySelectorAll('a[href]')]
    const beside = links.filter((one, at) => at && box(links[at - 1]).bottom > box(one).top + 6 && box(links[at - 1]).top < box(one).bottom - 6)
    // What stands in .paper is for print alone.
    const found = {
        sizes: [...written, ...all.filter(element => element.matches('input:not([type=hidden]), textarea'))]
            .map(element => parseFloat(getComputedStyle(element).fontSize)),
        targets: [...document.querySelectorAll(
            'a[href], button, label.choice, textarea, input:not([type=hidden]):not([type=radio])'
        )].map(element => [element.textContent || element.id, box(element).width, box(element).height]),
        outside: [...[...out, ...marked, ...together].map(short), ...(pushed > 0 ? [`pushed ${pushed} px`] : [])],
        split,
        beside: beside.map(short),
        answer: bottom('.answer'),
        heading: bottom('h1'),
        sign: size('.answer .sign'),
        photo: size('.person img'),
        column: padding('main .column'),
        band: padding('.answer'),
        hidden: [...written.filter(element => !element.closest('.paper') && isHidden(element)), ...all.filter(isCut)].map(short),
    }
    scrollTo(0, 0)
    return found
}
